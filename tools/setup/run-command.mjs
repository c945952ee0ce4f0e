import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainFailure } from './setup-error.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Runs a command so that it ends with set-up, even when that is killed with -9. */
const GUARD = fileURLToPath(
  new URL('../../lib/tfjs-node-tensorflow/programs/process-guard.cjs', import.meta.url),
);

/** Ends the commands at work, for a set-up that is told to stop: an orphaned npm would go on writing. */
export function stopCommands(signal) {
  for (const child of running) child.kill(signal);
}

/**
 * Runs a command of set-up, quietly: its output goes to a log in the cache folder, and to `onLine`.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @param {string} task the subject of the sentence a failure ends in, for instance `Installing the Node packages`
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 * @returns {Promise<string>} all that it printed
 * @throws SetupError when the command cannot be started or exits with anything but 0
 */
export async function runCommand(context, task, command, args, { cwd, env, onLine } = {}) {
  const logFolder = join(context.cache, 'logs');
  const logFile = join(logFolder, `${task.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.log`);
  const { code, output } = await new Promise((resolve) => {
    const child = spawn(process.execPath, [GUARD, command, ...args], {
      cwd: cwd ?? context.root,
      env: env ?? context.env,
      // The guard watches its standard input, which closes when this process ends.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // The guard may be gone already; its exit says so.
    child.stdin.on('error', () => {});
    running.add(child);
    let text = '';
    let rest = '';
    const receive = (chunk) => {
      text += chunk;
      const lines = (rest + chunk).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', receive);
    child.stderr.setEncoding('utf8').on('data', receive);
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: -1, output: `${text}\n${error.message}` });
    });
    child.on('close', (status, signal) => {
      running.delete(child);
      resolve({ code: status ?? signal, output: text });
    });
  });
  if (code === 0) return output;
  try {
    mkdirSync(logFolder, { recursive: true });
    writeFileSync(logFile, `${command} ${args.join(' ')}\n${output}`);
  } catch {
    // A full disk must not hide what failed.
  }
  throw explainFailure(task, output, logFile);
}
