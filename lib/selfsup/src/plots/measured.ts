/** A mean and its standard deviation, of several seeds for instance. A `SeedSummary` is one. */
export interface MeanAndDeviation {
  readonly mean: number;
  /** NaN where there is none, as for a single seed. */
  readonly deviation: number;
}

/** A number, or a mean with its standard deviation. */
export type Measured = number | MeanAndDeviation;

/** Whether a value is a mean with its standard deviation. */
export function isMeanAndDeviation(value: unknown): value is MeanAndDeviation {
  const { mean, deviation } = (value ?? {}) as Partial<MeanAndDeviation>;
  return typeof mean === 'number' && typeof deviation === 'number';
}

/** The number itself, or the mean. */
export function meanOf(value: Measured): number {
  return isMeanAndDeviation(value) ? value.mean : Number(value);
}

/** The standard deviation; `undefined` of a number alone. */
export function deviationOf(value: Measured): number | undefined {
  return isMeanAndDeviation(value) ? value.deviation : undefined;
}

/** A mean is not written with more significant digits, however small its deviation. */
const MOST_DIGITS = 5;

const magnitude = (value: number): number => Math.floor(Math.log10(Math.abs(value)));

/** Decimals that leave two digits of the deviation, and at most five of the mean; `undefined` where there is no deviation. */
export function decimalsOf({ mean, deviation }: MeanAndDeviation): number | undefined {
  if (!Number.isFinite(deviation) || deviation === 0) return undefined;
  const ofMean = mean === 0 ? 20 : MOST_DIGITS - 1 - magnitude(mean);
  return Math.min(20, Math.max(0, Math.min(1 - magnitude(deviation), ofMean)));
}

/**
 * Names of fields without the unit that all of them end in: `linear probe (%)` and `kNN (%)` are `linear probe` and `kNN`,
 * in `%`. Without a common unit the names stay, and the unit is empty.
 */
export function withoutCommonUnit(fields: readonly string[]): { names: string[]; unit: string } {
  const units = fields.map((field) => / \(([^()]+)\)$/.exec(field)?.[1]);
  const unit = units[0];
  if (unit === undefined || units.some((other) => other !== unit))
    return { names: [...fields], unit: '' };
  return { names: fields.map((field) => field.slice(0, -unit.length - 3)), unit };
}
