import { UsageError } from '../command-line.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * What a command of a teacher ends with: a mistake in its use and a failure of set-up are a sentence.
 *
 * @param {unknown} error
 * @throws any other error
 */
export function reportFailure(error) {
  if (!(error instanceof SetupError || error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
