import { InvalidArgumentError } from '../runtime/errors';

/** The two axes of a chart. */
export interface AxisOptions {
  readonly xLabel: string;
  readonly yLabel: string;
  /** `log` needs positive numbers. Default `linear`. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  /** Lowest and highest value shown; taken from the data when left out. */
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  /** Size of the plotting area in CSS pixels. Default 480 × 280. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The Vega-Lite definition of one axis's channel.
 *
 * @throws InvalidArgumentError when a logarithmic axis is given a number that is not positive.
 */
export function axisChannel(
  axis: 'x' | 'y',
  options: AxisOptions,
  values: readonly (number | null)[],
): Record<string, unknown> {
  const type = (axis === 'x' ? options.xScale : options.yScale) ?? 'linear';
  const domain = axis === 'x' ? options.xDomain : options.yDomain;
  const unfit = values.find((value) => value !== null && value <= 0);
  if (type === 'log' && unfit !== undefined) {
    throw new InvalidArgumentError(
      `The ${axis} axis is logarithmic and was given ${unfit}; a logarithm needs positive numbers. ` +
        `Leave that point out, or set ${axis}Scale to "linear".`,
    );
  }
  return {
    field: axis,
    type: 'quantitative',
    title: axis === 'x' ? options.xLabel : options.yLabel,
    // Between epoch 1 and epoch 2 there is nothing to write a number at.
    ...(values.every((value) => value === null || Number.isInteger(value)) && {
      axis: { tickMinStep: 1 },
    }),
    scale: {
      type,
      // A logarithmic axis would run to the next power of ten, and leave half of the chart empty.
      ...(type === 'linear' ? { zero: false } : { nice: false }),
      // Said, for another layer without a domain would have the axis rounded to nice numbers.
      ...(domain && { domain, clamp: true, nice: false }),
    },
  };
}
