import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { folderOf } from '../selfsup/data/image-folder/pictures';

const root = join(__dirname, '../..');
const cache = folderOf();

/** How a program ended, and what it printed. */
export interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example as a reader does, with a cache of its own. */
export function runExample(name: string, ...args: string[]): Promise<Ending> {
  return ending(start(name, args));
}

/** Runs an example until it has printed what is waited for, then presses Ctrl-C, once. */
export function interruptExample(
  name: string,
  printed: RegExp,
  ...args: string[]
): Promise<Ending> {
  const child = start(name, args);
  let sofar = '';
  const look = (chunk: Buffer): void => {
    sofar += chunk;
    if (!printed.test(sofar)) return;
    child.stdout.off('data', look);
    child.kill('SIGINT');
  };
  child.stdout.on('data', look);
  return ending(child);
}

function start(name: string, args: readonly string[]) {
  const program = ['-r', 'ts-node/register/transpile-only', join(root, 'examples', name), ...args];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  return spawn(process.execPath, program, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ending(child: ReturnType<typeof start>): Promise<Ending> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { status, stdout, stderr };
}
