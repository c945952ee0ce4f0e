import { refuseUsage } from '../command-line.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * For the end of a command that sets up: a failure of set-up is a sentence with status 1, a slip on the command line one with status 2.
 *
 * @param {unknown} error
 * @throws any other error
 */
export function reportFailure(error) {
  if (!(error instanceof SetupError)) return refuseUsage(error);
  console.error(error.message);
  process.exitCode = 1;
}
