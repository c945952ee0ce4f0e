import { InvalidArgumentError } from '../runtime/errors';

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
