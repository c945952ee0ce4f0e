import { InvalidArgumentError } from 'selfsup';

/**
 * Checks limits on numbers of sentences: there are two classes, so the least is one of each.
 *
 * @throws InvalidArgumentError unless each is left out or a whole number from 2.
 */
export function assertSentenceLimits(
  caller: string,
  limits: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === undefined || (Number.isInteger(limit) && limit >= 2)) continue;
    throw new InvalidArgumentError(
      `${caller}: ${name} is ${limit}; expected a whole number, 2 or more. Leave it out for all sentences.`,
    );
  }
}
