import { SelfSupError } from 'selfsup';

/** A mistake on the command line. */
export class UsageError extends Error {}

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
