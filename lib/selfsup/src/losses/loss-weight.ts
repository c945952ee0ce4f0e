import { InvalidArgumentError } from '../runtime/errors';

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
