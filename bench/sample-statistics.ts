/** A sample in a few numbers. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which a share `q` of the sample lies, linear between neighbours. */
export function quantile(sample: readonly number[], q: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new RangeError('The sample is empty.');
  return below + (above - below) * (place % 1);
}

/** @throws RangeError when the sample is empty. */
export function summarize(sample: readonly number[]): Summary {
  return {
    count: sample.length,
    mean: sample.reduce((sum, value) => sum + value, 0) / sample.length,
    median: quantile(sample, 0.5),
    lowerQuartile: quantile(sample, 0.25),
    upperQuartile: quantile(sample, 0.75),
    min: quantile(sample, 0),
    max: quantile(sample, 1),
  };
}
