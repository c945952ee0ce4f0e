import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BATCH_FOLDERS, type Cifar10Format } from './cifar10-archive';
import { DataNotFoundError } from './errors';

/** Where CIFAR-10 lies on this machine: a folder of batches, or an archive. */
export type Cifar10Location =
  | { readonly kind: 'folder'; readonly path: string; readonly format: Cifar10Format }
  | { readonly kind: 'archive'; readonly path: string };

const FORMATS: readonly Cifar10Format[] = ['binary', 'python'];
const ARCHIVES = FORMATS.flatMap((format) =>
  ['.tar.gz', '.tgz', '.tar'].map((extension) => `cifar-10-${format}${extension}`),
);
const LAYOUT =
  'a folder with cifar-10-batches-bin or cifar-10-batches-py, such a folder itself, or an archive (.tar or .tar.gz)';

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function batchFolder(path: string): Cifar10Location | null {
  const holds = (name: string) => isFile(join(path, name));
  if (holds('data_batch_1.bin') || holds('test_batch.bin')) {
    return { kind: 'folder', path, format: 'binary' };
  }
  if (holds('data_batch_1') || holds('test_batch'))
    return { kind: 'folder', path, format: 'python' };
  return null;
}

/** @internal CIFAR-10 in this folder, or `null`: batches before archives, the binary version before the Python one. */
export function locateInFolder(folder: string): Cifar10Location | null {
  const found = [folder, ...FORMATS.map((format) => join(folder, BATCH_FOLDERS[format]))]
    .map(batchFolder)
    .find((location) => location !== null);
  if (found) return found;
  const archive = archiveInFolder(folder);
  return archive === null ? null : { kind: 'archive', path: archive };
}

/** @internal An official archive in this folder, or `null`. */
export function archiveInFolder(folder: string): string | null {
  return ARCHIVES.map((name) => join(folder, name)).find(isFile) ?? null;
}

/** @internal Folders in which a list of original file names may lie beside the data. */
export function foldersBeside(location: Cifar10Location): string[] {
  return location.kind === 'folder'
    ? [location.path, dirname(location.path)]
    : [dirname(location.path)];
}

/** Options of {@link findCifar10}. */
export interface FindCifar10Options {
  /** A folder or an archive; default: the environment variable `CIFAR10_DIR`. */
  readonly dir?: string | undefined;
  /** Where downloads are kept. */
  readonly dataDir: string;
}

/**
 * Looks for CIFAR-10 on this machine: in `dir` or `CIFAR10_DIR` alone when one of them is given, else in `dataDir`.
 *
 * @returns `null` when `dataDir` does not hold it.
 * @throws DataNotFoundError when `dir` or `CIFAR10_DIR` is given and does not lead to it.
 */
export function findCifar10({ dir, dataDir }: FindCifar10Options): Cifar10Location | null {
  const given = dir ?? (process.env.CIFAR10_DIR || undefined);
  if (given === undefined) return locateInFolder(resolve(dataDir));
  const path = resolve(given);
  const name = dir === undefined ? 'CIFAR10_DIR' : 'dir';
  if (!existsSync(path)) {
    throw new DataNotFoundError(
      `${name} is ${path}, which does not exist. Expected ${LAYOUT}. Correct it, or leave it out to download CIFAR-10.`,
      [path],
    );
  }
  if (isFile(path)) return { kind: 'archive', path };
  const location = locateInFolder(path);
  if (location === null) {
    throw new DataNotFoundError(
      `${name} is ${path}, which does not hold CIFAR-10. Expected ${LAYOUT}. Correct it, or leave it out to download CIFAR-10.`,
      [path],
    );
  }
  return location;
}
