import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { placeFolder } from 'verified-download';
import { type DownloadPatience, downloadArchive } from './archive-download';
import { mostPythonBytes, readBatchArchive } from './batch-archive';
import {
  BATCH_FOLDERS,
  batchFiles,
  type Cifar10Archive,
  type Cifar10Format,
} from './cifar10-archive';
import { archiveInFolder, type Cifar10Location, locateInFolder } from './data-location';
import {
  asCifar10,
  ChecksumError,
  Cifar10Error,
  DamagedDataError,
  DataNotFoundError,
  DownloadError,
  StorageError,
  UnsafeArchiveError,
} from './errors';
import { withExclusiveAccess } from './exclusive-access';
import type { OnCifar10Progress } from './progress';

export interface FetchCifar10Options<T> {
  readonly archive: Cifar10Archive;
  readonly dataDir: string;
  /** Uses an archive that lies in the data folder, and no network. */
  readonly offline: boolean;
  /** Why the batches that lie in the data folder are of no use; `null` where there are none. */
  readonly damage: DamagedDataError | null;
  readonly download?: DownloadPatience | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
  /** Reads what is wanted; throws a DamagedDataError where the batches are of no use. */
  readonly read: (location: Cifar10Location) => Promise<T>;
}

/** Batches that can be read, and what was read. */
export interface FetchedCifar10<T> {
  readonly location: Cifar10Location;
  readonly content: T;
  readonly downloaded: boolean;
}

function allBatchFiles(format: Cifar10Format): string[] {
  return [...batchFiles(format, 'train'), ...batchFiles(format, 'test')];
}

/** Unpacks into a folder beside the final one and renames it, so that the final one is whole or not there. */
async function unpack(
  archivePath: string,
  { archive, dataDir, onProgress }: FetchCifar10Options<unknown>,
  signal: AbortSignal,
): Promise<Cifar10Location> {
  const files = await readBatchArchive(archivePath, {
    wanted: new Set([...allBatchFiles('binary'), ...allBatchFiles('python')]),
    imagesPerBatch: archive.imagesPerBatch,
    signal,
    onProgress,
  });
  const format = (['binary', 'python'] as const).find((candidate) =>
    allBatchFiles(candidate).every((name) => files.has(name)),
  );
  if (format === undefined) {
    throw new DamagedDataError(
      `${archivePath} does not hold CIFAR-10's six batches; it holds ${[...files.keys()].join(', ') || 'none of them'}. Delete it and try again.`,
      archivePath,
    );
  }
  const folder = join(dataDir, BATCH_FOLDERS[format]);
  await asCifar10(
    placeFolder(folder, async (unfinished) => {
      for (const name of allBatchFiles(format)) {
        await writeFile(join(unfinished, name), files.get(name) as Uint8Array);
      }
    }),
  );
  return { kind: 'folder', path: folder, format };
}

/** What `read` makes of this place, or `null` where that is of no use. */
async function readable<T>(
  location: Cifar10Location | null,
  { read }: FetchCifar10Options<T>,
): Promise<FetchedCifar10<T> | null> {
  if (location === null) return null;
  try {
    return { location, content: await read(location), downloaded: false };
  } catch (error) {
    if (error instanceof DamagedDataError || error instanceof DataNotFoundError) return null;
    throw error;
  }
}

/** Unpacks an archive that lies in the data folder, as after an unpacking by hand that was cancelled. */
async function unpackPresent<T>(
  options: FetchCifar10Options<T>,
  signal: AbortSignal,
): Promise<FetchedCifar10<T> | null> {
  const present = archiveInFolder(options.dataDir);
  if (options.damage === null || present === null) return null;
  try {
    return await readable(await unpack(present, options, signal), options);
  } catch (error) {
    if (error instanceof DamagedDataError || error instanceof UnsafeArchiveError) return null;
    throw error;
  }
}

function refuseOffline({ dataDir, damage }: FetchCifar10Options<unknown>): Cifar10Error {
  if (damage === null) {
    return new DataNotFoundError(
      `CIFAR-10 is not in ${dataDir}, and downloading it is not allowed (offline). Allow the download (170 MB), ` +
        'or set CIFAR10_DIR to a folder or an archive that holds it.',
      [dataDir],
    );
  }
  return new DamagedDataError(
    `${damage.message} Downloading is not allowed (offline).`,
    damage.path,
    {
      advice: `With a network, "npx cifar10-loader --data-dir ${dataDir}" repairs it.`,
      cause: damage,
    },
  );
}

/**
 * Puts CIFAR-10 into the data folder and reads it, unless another process has done so meanwhile. A folder of damaged
 * batches is kept beside the new one, as `….incomplete`.
 *
 * @internal
 */
export async function fetchCifar10<T>(options: FetchCifar10Options<T>): Promise<FetchedCifar10<T>> {
  const { archive, dataDir, offline, damage, download, signal, onProgress, read } = options;
  const target = join(dataDir, basename(new URL(archive.url).pathname));
  const tell = (message: string) =>
    onProgress?.({ label: 'Downloading CIFAR-10', done: 0, total: null, unit: 'bytes', message });
  if (offline && (damage === null || archiveInFolder(dataDir) === null))
    throw refuseOffline(options);
  try {
    await mkdir(dataDir, { recursive: true });
    const waiting = (holder: string) => tell(`waiting for ${holder}`);
    return await withExclusiveAccess(target, signal, waiting, async (exclusive) => {
      const present = await readable(locateInFolder(dataDir), options);
      if (present !== null) return present;
      const unpacked = await unpackPresent(options, exclusive);
      if (unpacked !== null) return unpacked;
      if (offline) throw refuseOffline(options);
      if (damage !== null) tell(`${damage.problem} Getting it again.`);
      await downloadArchive(archive, target, {
        ...download,
        // No compression makes an archive much larger than what it holds.
        maximumSize: 6 * mostPythonBytes(archive.imagesPerBatch) + 2 ** 20,
        dataSet: 'CIFAR-10',
        variable: 'CIFAR10_DIR',
        signal: exclusive,
        onProgress,
      });
      const location = await unpack(target, options, exclusive);
      await rm(target);
      return { location, content: await read(location), downloaded: true };
    });
  } catch (error) {
    if (damage !== null && (error instanceof DownloadError || error instanceof ChecksumError)) {
      throw new DamagedDataError(
        `${damage.problem} Getting it again failed: ${error.message}`,
        damage.path,
        { cause: error },
      );
    }
    if (error instanceof Cifar10Error) throw error;
    throw new StorageError({
      reason: 'storage',
      problem: `CIFAR-10 cannot be stored in ${dataDir} (${(error as Error).message}).`,
      advice: 'Make room or choose another folder with dataDir.',
      path: dataDir,
      cause: error,
    });
  }
}
