import { SetupError } from '../setup/setup-error.mjs';

/**
 * What a command of a teacher ends with: a mistake in its use and a failure of set-up are a sentence.
 *
 * @param {unknown} error
 * @throws any other error
 */
export function reportFailure(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!(error instanceof SetupError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(message);
  process.exitCode = 1;
}
