import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

// TensorFlow loads a graph only from a folder. The name tells whose it is, so that what a crashed process
// left behind can be recognised: tfjs-compile-<host>-<pid>-<random>.
const PREFIX = 'tfjs-compile-';
const ONE_DAY = 24 * 60 * 60 * 1000;

function host(): string {
  return hostname().replace(/[^A-Za-z0-9]/g, '_') || 'localhost';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True for a folder of a process that no longer runs; of another host (a container) only after a day. */
function isAbandoned(folder: string, name: string): boolean {
  const match = /^tfjs-compile-(\w+)-(\d+)-/.exec(name);
  if (!match) return false;
  if (match[1] === host()) return !isAlive(Number(match[2]));
  return Date.now() - statSync(folder).mtimeMs > ONE_DAY;
}

let swept = false;

/** Deletes the folders that crashed processes left, once in each process. */
function sweep(): void {
  if (swept) return;
  swept = true;
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    try {
      if (isAbandoned(folder, name)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's folder, or another process sweeps at the same moment: not ours to worry about.
    }
  }
}

/** Calls `use` with an empty folder that is gone afterwards. */
export function withTemporaryFolder<T>(use: (folder: string) => T): T {
  sweep();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${host()}-${process.pid}-`));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
