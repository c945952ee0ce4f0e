/** Significant digits that draw the same picture in half the bytes of a notebook. */
const DIGITS = 6;
/** Float64 has no more. */
const MOST_DIGITS = 17;

/** The number with all its digits, for one that a chart also writes: rounded twice, 60.550000000000004 would become 60.5. */
export function exact(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Power of ten of the leading digit. */
export function magnitude(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)));
}

/** Smallest and largest of the finite values; `low` is above `high` where there are none. */
export function extentOf(values: Iterable<number>): { low: number; high: number } {
  // Math.min(...numbers) fails from some 100,000 on.
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** Largest less smallest of the finite values; 0 where there are none. */
export function spanOf(values: Iterable<number>): number {
  const { low, high } = extentOf(values);
  return Math.max(0, high - low);
}

/**
 * How the numbers of one axis are stored. Charts are kept in notebooks, so numbers are shortened, to six significant
 * digits or as many as leave differences of a 10,000th of the axis's span: values of 1000000.1 and 1000000.2 stay two.
 * Whole numbers are kept exactly; what is not finite becomes `null`, a gap.
 *
 * @param values All numbers on the axis.
 */
export function roundingOf(values: Iterable<number>): (value: number) => number | null {
  const span = spanOf(values);
  return (value) => {
    if (!Number.isFinite(value)) return null;
    if (Number.isInteger(value) || span === 0) return value;
    const digits = Math.max(DIGITS, magnitude(value) - magnitude(span) + DIGITS - 1);
    return Number(value.toPrecision(Math.min(digits, MOST_DIGITS)));
  };
}
