import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SelfSupError } from 'selfsup/runtime';

/** What comes before the value in what the process prints: the job may print, too. */
const MARK = 'value of the job: ';
/** Longest output of a process, in bytes. */
const MOST_OUTPUT = 2 ** 26;

/**
 * Runs a function in a Node process of its own, which may be killed without harm to this one.
 *
 * @param job Uses its arguments alone, and `require` for the rest: it is sent as text.
 * @param values Its arguments; they and its result are sent as JSON.
 * @returns The result, or the name of the signal that ended the process: `SIGKILL`.
 * @throws SelfSupError when the job fails, with what the process has said.
 *
 * @example
 * const root = await inOwnProcess(async (x: number) => Math.sqrt(x), 2);
 */
export async function inOwnProcess<Values extends readonly unknown[], Result>(
  job: (...values: Values) => Promise<Result>,
  ...values: Values
): Promise<Result | NodeJS.Signals> {
  const script = `(${job})(...${JSON.stringify(values)}).then((value) => console.log(${JSON.stringify(`\n${MARK}`)} + JSON.stringify(value ?? null)))`;
  const options = { maxBuffer: MOST_OUTPUT };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], options);
    return JSON.parse(stdout.slice(stdout.lastIndexOf(MARK) + MARK.length)) as Result;
  } catch (error) {
    const { signal, stderr } = error as { signal?: NodeJS.Signals; stderr?: string };
    if (signal) return signal;
    if (stderr === undefined) throw error;
    throw new SelfSupError(`The job in a process of its own failed:\n${stderr.trim()}`);
  }
}
