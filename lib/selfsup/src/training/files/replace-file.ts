import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { takeWriteLock } from './write-lock';

const PARTIAL = '.partial';

/**
 * Replaces a file as a whole or not at all, also when several processes write it at once or one is killed while it
 * writes: a reader finds one whole content, old or new. The bytes go into a file of a unique name beside it, reach the
 * disk, and take the file's name. What killed writers left beside it is removed. The folder is made where it is missing.
 *
 * The package write-file-atomic is no choice here: while it writes it answers SIGINT, and a file that may grow no more
 * (SIGXFSZ), by ending the process.
 *
 * @throws Error of the file system; or, where another process holds the file's lock, one that names that process.
 */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true });
  const release = await takeWriteLock(file);
  try {
    await removePartials(file);
    const partial = `${file}.${process.pid}-${randomBytes(6).toString('hex')}${PARTIAL}`;
    try {
      await writeToDisk(partial, bytes);
      await rename(partial, file);
    } catch (cause) {
      await rm(partial, { force: true });
      throw cause;
    }
    await syncFolder(folder);
  } finally {
    await release();
  }
}

async function writeToDisk(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only the lock's holder writes beside the file, so any partial one is a killed writer's. */
async function removePartials(file: string): Promise<void> {
  const start = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    if (name.startsWith(start) && /^\d+-[0-9a-f]{12}\.partial$/.test(name.slice(start.length))) {
      await rm(join(dirname(file), name), { force: true });
    }
  }
}

/** A new name is on the disk when its folder is; not every system lets a folder be opened for that. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {}
}
