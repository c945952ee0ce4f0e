import { InvalidArgumentError } from '../runtime/errors';

/** The smallest and the largest value of a uniform draw. */
export type Range = readonly [minimum: number, maximum: number];

/** Checks a whole number of pixels, at least 1. */
export function requireSize(operation: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError(
      `${operation} got ${name}: ${value}; expected a whole number of pixels, at least 1.`,
    );
  }
}

/** Checks a number in `[minimum, maximum]`. */
export function requireNumber(
  operation: string,
  name: string,
  value: number,
  [minimum, maximum]: Range,
): void {
  if (!(value >= minimum && value <= maximum)) {
    const expected =
      maximum === Number.POSITIVE_INFINITY
        ? `at least ${minimum}`
        : `between ${minimum} and ${maximum}`;
    throw new InvalidArgumentError(
      `${operation} got ${name}: ${value}; expected a number ${expected}.`,
    );
  }
}

/** Checks a range `[a, b]` with `minimum ≤ a ≤ b ≤ maximum`, both finite. */
export function requireRange(operation: string, name: string, range: Range, limits: Range): void {
  const [low, high] = range;
  const [minimum, maximum] = limits;
  if (!(low >= minimum && low <= high && high <= maximum && Number.isFinite(high))) {
    const upper =
      maximum === Number.POSITIVE_INFINITY ? 'without an upper limit' : `and at most ${maximum}`;
    throw new InvalidArgumentError(
      `${operation} got ${name}: [${range.join(', ')}]; expected [minimum, maximum], the smaller first, ` +
        `at least ${minimum} ${upper}.`,
    );
  }
}
