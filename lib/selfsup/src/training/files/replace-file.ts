import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { partialPath, removeAbandonedPartials } from './partial-file';
import { takeWriteLock } from './write-lock';

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
    await removeAbandonedPartials(file);
    const partial = partialPath(file);
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
