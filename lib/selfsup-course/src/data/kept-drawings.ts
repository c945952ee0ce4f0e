import { rename, rm, writeFile } from 'node:fs/promises';
import { courseDataFolder, spareDataFolder } from './course-data-folder';
import { ImageDataError } from './image-data-error';

/**
 * Where drawings may be kept, the best place first.
 *
 * @param dataDir The one that the caller named; then there is no other.
 */
export function drawingFolders(dataDir: string | undefined): string[] {
  return dataDir === undefined ? [courseDataFolder(), spareDataFolder()] : [dataDir];
}

/**
 * What `keep` makes in the first of the folders that can be written.
 *
 * @param what is kept; begins the message of the error.
 * @throws ImageDataError of `keep`, at once; or when none of the folders can be written.
 */
export async function keptInFirstFolder<T>(
  what: string,
  folders: readonly string[],
  keep: (folder: string) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for (const folder of folders) {
    try {
      return await keep(folder);
    } catch (error) {
      if (error instanceof ImageDataError) throw error;
      failure ??= error;
    }
  }
  throw new ImageDataError(
    `${what} could not be kept in ${folders.join(' or ')} (${(failure as Error).message}). Make the folder writable, ` +
      'make room, or name another one with dataDir.',
    { cause: failure },
  );
}

/** Writes a file that is whole or not there. Only the holder of its lock calls it, so the name beside it is free. */
export async function placeFile(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}
