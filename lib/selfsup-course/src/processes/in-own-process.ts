import { spawn } from 'node:child_process';
import { SelfSupError } from 'selfsup/runtime';

/** What the process does: it gets the job and its arguments, and sends back the result, in a list so that it may be undefined. */
const PROGRAM = `process.once('message', async ({ job, values }) => {
  const result = await (0, eval)('(' + job + ')')(...values);
  process.send([result], () => process.exit());
});`;
/** Characters of what the process has said that are shown, from the end. */
const MOST_SAID = 4000;

/**
 * Runs a function in a Node process of its own, which may be killed without harm to this one.
 *
 * @param job Uses its arguments alone, and `require` for the rest: it is sent as text. What it prints is not shown; the
 *   process ends when it returns.
 * @param values Its arguments; they and its result are copied (structured clone).
 * @returns The result, or the name of the signal that ended the process: `SIGKILL`.
 * @throws SelfSupError when the job fails or ends its process before it returns, with what the process has said.
 *
 * @example
 * const root = await inOwnProcess(async (x: number) => Math.sqrt(x), 2);
 */
export async function inOwnProcess<Values extends readonly unknown[], Result>(
  job: (...values: Values) => Promise<Result>,
  ...values: Values
): Promise<Result | NodeJS.Signals> {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  let results: Result[] = [];
  child.on('message', (message) => {
    results = message as Result[];
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (results.length > 0) resolve(results[0] as Result);
      else if (signal !== null) resolve(signal);
      else {
        const what = `The job in a process of its own ended with status ${status} before it returned`;
        reject(new SelfSupError(said.trim() === '' ? `${what}.` : `${what}:\n${said.trim()}`));
      }
    });
    child.send({ job: `${job}`, values }, (error) => error && reject(error));
  });
}
