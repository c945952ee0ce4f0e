import { InvalidArgumentError } from './errors';

/** The smallest and the largest value of a number. */
export type Range = readonly [minimum: number, maximum: number];

/**
 * Checks a whole number of things.
 *
 * @param caller The function or class that was given it.
 * @throws InvalidArgumentError unless it is a whole number, `least` or more.
 */
export function assertCount(caller: string, name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError(
    `${caller}: ${name} is ${value}; expected a whole number, ${least} or more.`,
  );
}

/** Seeds are whole numbers below this: they become an int32. */
export const SEED_LIMIT = 2 ** 31;

/**
 * Checks a seed.
 *
 * @param caller The function or class that was given it.
 * @throws InvalidArgumentError unless it is a whole number from 0 to 2³¹ − 1.
 */
export function assertSeed(caller: string, seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < SEED_LIMIT) return;
  throw new InvalidArgumentError(
    `${caller}: seed is ${seed}; expected a whole number from 0 to ${SEED_LIMIT - 1}.`,
  );
}

/**
 * Checks a number of pixels.
 *
 * @throws InvalidArgumentError unless it is a whole number, 1 or more.
 */
export function assertSize(caller: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError(
    `${caller} got ${name}: ${value}; expected a whole number of pixels, at least 1.`,
  );
}

/**
 * Checks a number.
 *
 * @throws InvalidArgumentError unless it is in `[minimum, maximum]`.
 */
export function assertNumber(
  caller: string,
  name: string,
  value: number,
  [minimum, maximum]: Range,
): void {
  if (value >= minimum && value <= maximum) return;
  const expected =
    maximum === Number.POSITIVE_INFINITY
      ? `at least ${minimum}`
      : `between ${minimum} and ${maximum}`;
  throw new InvalidArgumentError(`${caller} got ${name}: ${value}; expected a number ${expected}.`);
}

/**
 * Checks a number that a result is divided or multiplied by.
 *
 * @throws InvalidArgumentError unless it is finite and above 0.
 */
export function assertAboveZero(caller: string, name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new InvalidArgumentError(
    `${caller}: ${name} is ${value}; expected a finite number above 0.`,
  );
}

/**
 * Checks a range `[a, b]`.
 *
 * @throws InvalidArgumentError unless `minimum ≤ a ≤ b ≤ maximum`, both finite.
 */
export function assertRange(caller: string, name: string, range: Range, limits: Range): void {
  const [low, high] = range;
  const [minimum, maximum] = limits;
  if (low >= minimum && low <= high && high <= maximum && Number.isFinite(high)) return;
  const upper =
    maximum === Number.POSITIVE_INFINITY ? 'without an upper limit' : `and at most ${maximum}`;
  throw new InvalidArgumentError(
    `${caller} got ${name}: [${range.join(', ')}]; expected [minimum, maximum], the smaller first, ` +
      `at least ${minimum} ${upper}.`,
  );
}

/**
 * Checks the temperature of a contrastive loss.
 *
 * @param usual What is usual for it: `0.1 to 0.5`.
 * @throws InvalidArgumentError unless it is a finite number above 0.
 */
export function assertTemperature(caller: string, temperature: number, usual: string): void {
  if (temperature > 0 && Number.isFinite(temperature)) return;
  throw new InvalidArgumentError(
    `${caller}: the temperature is ${temperature}; expected a number above 0, usually ${usual}.`,
  );
}

/**
 * Checks the weight of a term of a loss: a number, 0 (the term is off) or more.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertWeight(caller: string, name: string, weight: number): void {
  if (Number.isFinite(weight) && weight >= 0) return;
  throw new InvalidArgumentError(
    `${caller}: the weight ${name} is ${weight}; expected a number, 0 (switches the term off) or more.`,
  );
}

/**
 * Checks a share that is dropped while training: from 0 (nothing) to below 1.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertDropout(caller: string, dropout: number): void {
  if (dropout >= 0 && dropout < 1) return;
  throw new InvalidArgumentError(`${caller}: dropout is ${dropout}; expected 0 ≤ dropout < 1.`);
}
