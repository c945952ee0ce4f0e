import { SelfSupError } from 'selfsup';

/** A mistake on the command line. */
export class UsageError extends Error {}

/** @throws UsageError unless the option is a whole number, `least` or more. */
export function wholeNumber(name: string, given: string, least: number): number {
  const value = Number(given);
  if (given.trim() === '' || !Number.isInteger(value) || value < least) {
    throw new UsageError(`--${name} is "${given}"; expected a whole number, ${least} or more.`);
  }
  return value;
}

/** @throws UsageError unless the option is a number above 0, and at most `most`. */
export function positiveNumber(name: string, given: string, most = Number.MAX_VALUE): number {
  const value = Number(given);
  if (!(value > 0 && value <= most)) {
    const bound = most === Number.MAX_VALUE ? '' : ` and at most ${most}`;
    throw new UsageError(`--${name} is "${given}"; expected a number above 0${bound}.`);
  }
  return value;
}

/**
 * Runs an example's command: prints the help where `readOptions` returns `null`, a mistake on the command line with the
 * help (exit status 2), an error of the library as one sentence (exit status 1); any other error is not caught.
 */
export async function runCommand<Options>(
  help: string,
  readOptions: () => Options | null,
  main: (options: Options) => Promise<void>,
): Promise<void> {
  try {
    const options = readOptions();
    if (options === null) console.log(help);
    else await main(options);
  } catch (error) {
    const usage = error instanceof UsageError;
    if (!usage && !(error instanceof SelfSupError)) throw error;
    console.error(usage ? `${error.message}\n\n${help}` : error.message);
    process.exitCode = usage ? 2 : 1;
  }
}
