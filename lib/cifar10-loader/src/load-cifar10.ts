import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DownloadPatience } from './archive-download';
import type { Batch } from './batch';
import { mostPythonBytes, readBatchArchive } from './batch-archive';
import { parseBinaryBatch } from './binary-batch';
import {
  batchFiles,
  CIFAR10_LABEL_NAMES,
  type Cifar10Archive,
  type Cifar10Format,
  type Cifar10Split,
  IMAGE_BYTES,
  OFFICIAL_BINARY_ARCHIVE,
} from './cifar10-archive';
import { defaultDataFolder } from './data-folder';
import { type Cifar10Location, findCifar10, foldersBeside } from './data-location';
import {
  AbortedError,
  DamagedDataError,
  DataNotFoundError,
  GET_AGAIN,
  InvalidOptionError,
} from './errors';
import { fetchCifar10 } from './fetch-cifar10';
import { selectImages } from './image-selection';
import { copyInterleaved } from './interleaved-pixels';
import { findFileNamesList, nounOfFileName, readFileNamesList } from './original-file-names';
import type { OnCifar10Progress } from './progress';
import { parsePythonBatch } from './python-batch';

/** Options of {@link loadCifar10}. */
export interface LoadCifar10Options {
  /** Default: `train`. */
  readonly split?: Cifar10Split;
  /** A folder or archive that holds CIFAR-10; default: the environment variable `CIFAR10_DIR`. */
  readonly dir?: string | undefined;
  /** Where a download is kept and looked for; default: {@link defaultDataFolder}. */
  readonly dataDir?: string | undefined;
  /** At most this many images, the first ones; default: all. */
  readonly limit?: number | undefined;
  /** Takes the same number of images of each class, the first ones of each; default: false. */
  readonly classBalanced?: boolean;
  /** Never uses the network; default: false. */
  readonly offline?: boolean;
  /** A list of the original file names; default: `CIFAR10_FILENAMES`, else `cifar10_filenames.txt[.gz]` beside the data. */
  readonly fileNames?: string | undefined;
  /** The archive to download, with its checksum and the size of a batch; default: {@link OFFICIAL_BINARY_ARCHIVE}. */
  readonly archive?: Cifar10Archive;
  /** How patient a download is. */
  readonly download?: DownloadPatience | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

/** Images of CIFAR-10 in memory. */
export interface Cifar10 {
  readonly split: Cifar10Split;
  /** Number of images. */
  readonly size: number;
  /** `[size, 32, 32, 3]` in row-major order, red, green, blue from 0 to 255. */
  readonly pixels: Uint8Array;
  /** `[size]`, indices into `labelNames`. */
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  /** Original file names (`tipper_truck_s_001250.png`); `null` where the data came without them. */
  readonly fileNames: readonly string[] | null;
  /** The noun of each file name (`tipper_truck`); `null` where the data came without them. */
  readonly nouns: readonly string[] | null;
  /** Where the data came from, as a sentence. */
  readonly source: string;
}

function checkOptions({ split, limit }: { split: unknown; limit: number | undefined }): void {
  if (split !== 'train' && split !== 'test') {
    throw new InvalidOptionError(
      'split',
      `split is ${JSON.stringify(split)}; CIFAR-10 has the splits "train" and "test". Hold validation images out of "train".`,
    );
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new InvalidOptionError(
      'limit',
      `limit is ${limit}; expected a positive whole number. Leave it out to load every image.`,
    );
  }
}

async function readBatchFile(
  path: string,
  imagesPerBatch: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    const most = mostPythonBytes(imagesPerBatch);
    if (size > most) {
      throw new DamagedDataError(
        `${path} has ${size} bytes; a batch of ${imagesPerBatch} images has at most ${most}.`,
        path,
        { advice: GET_AGAIN },
      );
    }
    return await readFile(path, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(signal);
    if (error instanceof DamagedDataError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DamagedDataError(
      missing
        ? `${path} is missing. The folder must hold every batch of the split.`
        : `${path} cannot be read (${(error as Error).message}). Make it readable, if that is all.`,
      path,
      { advice: GET_AGAIN, cause: error },
    );
  }
}

function parseBatch(format: Cifar10Format, bytes: Uint8Array, path: string, count: number): Batch {
  return format === 'binary'
    ? parseBinaryBatch(bytes, path, count)
    : parsePythonBatch(bytes, path, count);
}

/** The batches of the split, in order; no more of them than `enough` images need. */
async function readBatches(
  location: Cifar10Location,
  split: Cifar10Split,
  imagesPerBatch: number,
  enough: number,
  { signal, onProgress }: Pick<LoadCifar10Options, 'signal' | 'onProgress'>,
): Promise<Batch[]> {
  let format: Cifar10Format;
  let contentOf: (name: string) => Promise<Uint8Array>;
  if (location.kind === 'folder') {
    format = location.format;
    contentOf = (name) => readBatchFile(join(location.path, name), imagesPerBatch, signal);
  } else {
    const wanted = new Set([...batchFiles('binary', split), ...batchFiles('python', split)]);
    const files = await readBatchArchive(location.path, {
      wanted,
      imagesPerBatch,
      signal,
      onProgress,
    });
    format = batchFiles('python', split).some((name) => files.has(name)) ? 'python' : 'binary';
    contentOf = async (name) => {
      const content = files.get(name);
      if (content !== undefined) return content;
      throw new DamagedDataError(
        `${location.path} does not hold ${name}. It is not an archive of CIFAR-10, or an incomplete one: get it again.`,
        location.path,
      );
    };
  }
  const batches: Batch[] = [];
  const names = batchFiles(format, split);
  const total = Math.min(names.length, Math.ceil(enough / imagesPerBatch)) * imagesPerBatch;
  for (const name of names) {
    const done = batches.length * imagesPerBatch;
    if (done >= total) break;
    if (signal?.aborted) throw new AbortedError(signal);
    onProgress?.({ label: 'Reading CIFAR-10', done, total, unit: 'images' });
    batches.push(
      parseBatch(format, await contentOf(name), join(location.path, name), imagesPerBatch),
    );
  }
  onProgress?.({ label: 'Reading CIFAR-10', done: total, total, unit: 'images' });
  return batches;
}

async function originalFileNames(
  batches: readonly Batch[],
  split: Cifar10Split,
  imagesPerBatch: number,
  given: string | undefined,
  folders: readonly string[],
): Promise<readonly string[] | null> {
  if (batches.every(({ fileNames }) => fileNames !== null)) {
    return batches.flatMap(({ fileNames }) => fileNames ?? []);
  }
  const list = findFileNamesList(given, folders);
  if (list === null) return null;
  const names = await readFileNamesList(list, imagesPerBatch);
  return split === 'train' ? names : names.slice(5 * imagesPerBatch);
}

/** Where the batches are, and the batches. */
interface Obtained {
  readonly location: Cifar10Location;
  readonly batches: readonly Batch[];
  /** `null` where they were on this machine already. */
  readonly downloadedFrom: string | null;
}

/**
 * Reads the batches from where they are on this machine. Where there are none, or those in the data folder are damaged,
 * for instance by an unpacking that was cancelled, they are fetched first.
 */
async function obtain(
  read: (from: Cifar10Location) => Promise<Batch[]>,
  options: LoadCifar10Options & { readonly archive: Cifar10Archive; readonly dataDir: string },
): Promise<Obtained> {
  const { dir, dataDir, archive, offline = false, download, signal, onProgress } = options;
  const found = findCifar10({ dir, dataDir });
  let damage: DamagedDataError | null = null;
  if (found !== null) {
    try {
      return { location: found, batches: await read(found), downloadedFrom: null };
    } catch (error) {
      // What the caller named, and batches that lie loose in the data folder, are not ours to replace.
      const isOurs =
        dir === undefined && !process.env.CIFAR10_DIR && dirname(found.path) === dataDir;
      if (!isOurs) throw error;
      if (error instanceof DamagedDataError) damage = error;
      // Another process has downloaded the archive, and deleted it once its batches lay beside it.
      else if (!(error instanceof DataNotFoundError)) throw error;
    }
  }
  const { location, content, downloaded } = await fetchCifar10({
    archive,
    dataDir,
    offline,
    damage,
    download,
    signal,
    onProgress,
    read,
  });
  return { location, batches: content, downloadedFrom: downloaded ? archive.url : null };
}

function describe(location: Cifar10Location, url: string | null): string {
  const version = location.kind === 'archive' ? 'archive' : `${location.format} version`;
  return url === null
    ? `CIFAR-10, ${version} in ${location.path}.`
    : `CIFAR-10, downloaded from ${url} to ${location.path}.`;
}

/**
 * Loads CIFAR-10: 32×32 colour photographs of ten classes, 50,000 to train on and 10,000 to test with.
 *
 * The data come from the first of these that applies: `dir` or the environment variable `CIFAR10_DIR` (a folder or
 * an archive, binary or Python version); the data folder; a download of the official archive into the data folder,
 * checked against its published MD5. A broken-off download is taken up again by the next call, and two processes
 * may call at once: one of them downloads.
 *
 * Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 *
 * @throws InvalidOptionError, DataNotFoundError, DamagedDataError, UnsafeArchiveError, DownloadError, ChecksumError,
 * StorageError, AbortedError; all of them are {@link Cifar10Error}s.
 *
 * @example
 * const { pixels, labels, labelNames } = await loadCifar10({ split: 'test', limit: 1000, classBalanced: true });
 */
export async function loadCifar10(options: LoadCifar10Options = {}): Promise<Cifar10> {
  const {
    split = 'train',
    limit,
    classBalanced = false,
    fileNames: givenNames,
    archive = OFFICIAL_BINARY_ARCHIVE,
    signal,
    onProgress,
  } = options;
  checkOptions({ split, limit });
  if (signal?.aborted) throw new AbortedError(signal);
  const dataDir = resolve(options.dataDir ?? defaultDataFolder());

  const { imagesPerBatch } = archive;
  const enough = classBalanced ? Number.POSITIVE_INFINITY : (limit ?? Number.POSITIVE_INFINITY);
  const read = (from: Cifar10Location) =>
    readBatches(from, split, imagesPerBatch, enough, { signal, onProgress });
  const { location, batches, downloadedFrom } = await obtain(read, {
    ...options,
    archive,
    dataDir,
  });
  const folders = [...foldersBeside(location), dataDir];
  const names = await originalFileNames(batches, split, imagesPerBatch, givenNames, folders);

  const allLabels = new Uint8Array(batches.length * imagesPerBatch);
  batches.forEach((batch, i) => {
    allLabels.set(batch.labels, i * imagesPerBatch);
  });
  const kept = selectImages(allLabels, limit, classBalanced);
  const pixels = new Uint8Array(kept.length * IMAGE_BYTES);
  kept.forEach((index, i) => {
    const batch = batches[Math.floor(index / imagesPerBatch)] as Batch;
    copyInterleaved(batch, index % imagesPerBatch, pixels, i * IMAGE_BYTES);
  });
  const fileNames = names && Array.from(kept, (index) => names[index] as string);
  return {
    split,
    size: kept.length,
    pixels,
    labels: Uint8Array.from(kept, (index) => allLabels[index] as number),
    labelNames: CIFAR10_LABEL_NAMES,
    fileNames,
    nouns: fileNames?.map(nounOfFileName) ?? null,
    source: describe(location, downloadedFrom),
  };
}
