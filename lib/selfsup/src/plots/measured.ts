import { magnitude } from './rounding';

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

/** The standard deviation; `undefined` of a number alone, and of a single seed. */
export function deviationOf(value: Measured): number | undefined {
  if (!isMeanAndDeviation(value) || !Number.isFinite(value.deviation)) return undefined;
  return value.deviation;
}

/** A mean is not written with more significant digits, however small its deviation. */
const MOST_DIGITS = 5;

/** Decimals that leave two digits of the deviation, and at most five of the mean; `undefined` where there is no deviation. */
export function decimalsOf({ mean, deviation }: MeanAndDeviation): number | undefined {
  if (!Number.isFinite(deviation) || deviation === 0) return undefined;
  const ofMean = mean === 0 ? 20 : MOST_DIGITS - 1 - magnitude(mean);
  return Math.min(20, Math.max(0, Math.min(1 - magnitude(deviation), ofMean)));
}

/** `linear probe (%)` is `linear probe` in `%`; `unit` is missing where a name ends in none. */
export function nameAndUnit(field: string): { readonly name: string; readonly unit?: string } {
  const [ending, unit] = / \(([^()]+)\)$/.exec(field) ?? [];
  if (ending === undefined || unit === undefined) return { name: field };
  return { name: field.slice(0, -ending.length), unit };
}

/** The fields of records that a chart measures by. */
export interface MeasuredFields<Field extends string> {
  readonly fields: readonly Field[];
  /** What tells them apart: without the unit that all of them end in. */
  readonly names: readonly string[];
  /** Title of their axis: the name of a single one, of several the unit that they share. */
  readonly axisLabel: string;
}

/** One field, or several, as a chart of records names them. */
export function measuredFields<Field extends string>(
  given: Field | readonly Field[],
): MeasuredFields<Field> {
  const fields = typeof given === 'string' ? [given] : given;
  const split = fields.map(nameAndUnit);
  const unit = split[0]?.unit;
  const isShared = unit !== undefined && split.every((one) => one.unit === unit);
  const ofSeveral = isShared ? unit : 'value';
  return {
    fields,
    names: isShared ? split.map(({ name }) => name) : fields,
    axisLabel: fields.length === 1 ? (fields[0] as string) : ofSeveral,
  };
}
