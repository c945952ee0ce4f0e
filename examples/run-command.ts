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

/** @throws UsageError unless the option is one of the words. */
export function oneOf<Word extends string>(
  name: string,
  given: string,
  words: readonly Word[],
): Word {
  const word = words.find((known) => known === given);
  if (word !== undefined) return word;
  const expected = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  throw new UsageError(`--${name} is "${given}"; expected ${expected}.`);
}

/** A number of things in words: `1 image`, `1,200 images`. */
export function count(number: number, one: string): string {
  return `${number.toLocaleString('en-GB')} ${one}${number === 1 ? '' : 's'}`;
}

/** What `parseArgs` throws for an option that is unknown, or lacks its value. */
function isParseError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | null)?.code).startsWith('ERR_PARSE_ARGS_');
}

/**
 * Runs a command: prints the help where `readOptions` returns `null`, a mistake on the command line with the
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
    const usage = error instanceof UsageError || isParseError(error);
    if (!usage && !(error instanceof SelfSupError)) throw error;
    // Shorter than Node's own words, which it adds where a command takes more than options.
    const message = (error as Error).message.replace(
      / To specify a positional argument .*/s,
      ' What begins with a dash and is no option stands at the end, after "--".',
    );
    console.error(usage ? `${message}\n\n${help}` : message);
    process.exitCode = usage ? 2 : 1;
  }
}
