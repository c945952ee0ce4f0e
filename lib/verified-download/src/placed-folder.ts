import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, storageError, VerifiedDownloadError } from './errors';

/**
 * Makes a folder that is whole or not there: `fill` writes into `<folder>.unpacking`, which is renamed when it has ended.
 * A folder that stands there already is kept as `<folder>.incomplete`. Call it within {@link withLock} where several
 * processes may fill the same folder.
 *
 * @param fill receives the path of the unfinished folder.
 * @throws StorageError when a folder cannot be made or renamed, and whatever `fill` throws.
 */
export async function placeFolder(
  folder: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = `${folder}.unpacking`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(unfinished);
    await fill(unfinished);
    await moveAside(folder);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof VerifiedDownloadError || errorCode(error) === undefined) throw error;
    throw storageError(folder, 'put in place', error);
  }
}

async function moveAside(folder: string): Promise<void> {
  const aside = `${folder}.incomplete`;
  try {
    await rm(aside, { recursive: true, force: true });
    await rename(folder, aside);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
