import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A wrong word on the command line; its message is all a person needs. */
export class UsageError extends Error {}

/** What Node says of a command line, in the words of somebody who types one. */
function sentence(/** @type {string} */ message) {
  return message
    .replace(/^Option '(-[^' ,]+).*' argument missing$/, '$1 needs a value.')
    .replace(/^Option '(-[^' ,]+).*' does not take an argument$/, '$1 takes no value.')
    .replace(
      /^Option '(-[^' ,]+).*' argument is ambiguous\..*/s,
      '$1 needs a value; one that begins with a dash is given as $1=-….',
    )
    .replace(
      /^Unexpected argument '(.*)'\. This .*/s,
      '"$1" is one word too many: only options are expected.',
    )
    .replace(
      /^Unknown option '(.*?)'\. To specify a positional argument .*/s,
      'There is no option $1. What begins with a dash and is no option stands at the end, after "--".',
    )
    .replace(/^Unknown option '(.*?)'.*/s, 'There is no option $1.');
}

/**
 * Node's `parseArgs` for a command that people type.
 *
 * @template {import('node:util').ParseArgsConfig} Config
 * @param {string} command how its help is asked for: `npm run course -- --help`
 * @param {Config} config
 * @returns {ReturnType<typeof parseArgs<Config>>}
 * @throws UsageError
 */
export function readCommandLine(command, config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    throw new UsageError(`${sentence(message)} "${command}" says what there is.`);
  }
}

/**
 * The folder that an option names.
 *
 * @param {string} option
 * @param {string} given
 * @param {string} [base] what it is relative to; by default the folder in which the command is typed
 * @throws UsageError where it is a file, or empty, as a variable of the shell that is not set makes it
 */
export function folderOption(option, given, base = process.cwd()) {
  if (given.trim() === '')
    throw new UsageError(`${option} is empty; expected the path of a folder.`);
  const path = resolve(base, given);
  if (isOtherThanFolder(path)) {
    throw new UsageError(
      `${option} is "${given}", which is no folder; expected the path of a folder.`,
    );
  }
  return path;
}

/** Of what is not there yet, a folder can be made. */
function isOtherThanFolder(path) {
  try {
    return !statSync(path).isDirectory();
  } catch (error) {
    // A folder below a file.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOTDIR';
  }
}

/**
 * For the end of a command: says a slip on its command line in a sentence, with status 2.
 *
 * @param {unknown} error
 * @throws any other error
 */
export function refuseUsage(error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
