import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DamagedDataError, DataNotFoundError } from './errors';

const FILE_NAMES = ['cifar10_filenames.txt', 'cifar10_filenames.txt.gz'];

/** The noun in an original file name: `tipper_truck_s_001250.png` → `tipper_truck`. */
export function nounOfFileName(fileName: string): string {
  return fileName.replace(/_s_\d+\.png$/, '');
}

/**
 * Finds the file that lists the original file names: the one named by the caller or by `CIFAR10_FILENAMES`, else
 * `cifar10_filenames.txt` or `.txt.gz` in one of these folders.
 *
 * @internal
 * @throws DataNotFoundError when the caller or the variable names a file that does not exist.
 */
export function findFileNamesList(
  given: string | undefined,
  folders: readonly string[],
): string | null {
  const named = given ?? (process.env.CIFAR10_FILENAMES || undefined);
  if (named !== undefined) {
    if (existsSync(named)) return named;
    throw new DataNotFoundError(
      `There is no file ${named}, named by ${given === undefined ? 'CIFAR10_FILENAMES' : 'fileNames'} as the list of ` +
        'original file names. Correct the path, or leave it out.',
      [named],
    );
  }
  for (const folder of folders) {
    for (const name of FILE_NAMES) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  return null;
}

/**
 * Reads such a list: one name a line, batches 1 to 5, then the test batch.
 *
 * @internal
 * @throws DamagedDataError when it does not hold six batches of names.
 */
export async function readFileNamesList(path: string, imagesPerBatch: number): Promise<string[]> {
  let names: string[];
  try {
    const raw = await readFile(path);
    const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
    names = text.trimEnd().split(/\r?\n/);
  } catch (cause) {
    throw new DamagedDataError(
      `The list of original file names ${path} cannot be read (${(cause as Error).message}). Get it again, or delete it.`,
      path,
      { cause },
    );
  }
  if (names.length !== 6 * imagesPerBatch) {
    throw new DamagedDataError(
      `The list of original file names ${path} has ${names.length} lines; expected ${6 * imagesPerBatch}: ` +
        'one a line, batches 1 to 5, then the test batch. Get it again, or delete it.',
      path,
    );
  }
  return names;
}
