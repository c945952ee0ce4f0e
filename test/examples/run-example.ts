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
export async function runExample(name: string, ...args: string[]): Promise<Ending> {
  const program = ['-r', 'ts-node/register/transpile-only', join(root, 'examples', name), ...args];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const child = spawn(process.execPath, program, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
