import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type DownloadPatience, downloadArchive } from './archive-download';
import { readArchive } from './archive-reading';
import {
  BATCH_FOLDERS,
  batchFiles,
  type Cifar10Archive,
  type Cifar10Format,
} from './cifar10-archive';
import { type Cifar10Location, locateInFolder } from './data-location';
import { Cifar10Error, DamagedDataError, StorageError } from './errors';
import { withExclusiveAccess } from './exclusive-access';
import type { OnCifar10Progress } from './progress';

export interface FetchCifar10Options {
  readonly archive: Cifar10Archive;
  readonly dataDir: string;
  readonly download?: DownloadPatience | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

function allBatchFiles(format: Cifar10Format): string[] {
  return [...batchFiles(format, 'train'), ...batchFiles(format, 'test')];
}

/** Unpacks into a folder beside the final one and renames it, so that the final one is whole or not there. */
async function unpack(
  archivePath: string,
  { archive, dataDir, onProgress }: FetchCifar10Options,
  signal: AbortSignal,
): Promise<Cifar10Location> {
  const files = await readArchive(archivePath, {
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
  const unfinished = `${folder}.unpacking`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  try {
    for (const name of allBatchFiles(format)) {
      await writeFile(join(unfinished, name), files.get(name) as Uint8Array);
    }
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return { kind: 'folder', path: folder, format };
}

/**
 * Downloads CIFAR-10 into the data folder, unless another process has done so meanwhile.
 *
 * @internal
 */
export async function fetchCifar10(options: FetchCifar10Options): Promise<Cifar10Location> {
  const { archive, dataDir, download, signal, onProgress } = options;
  const target = join(dataDir, basename(new URL(archive.url).pathname));
  try {
    await mkdir(dataDir, { recursive: true });
    const waiting = () =>
      onProgress?.({
        label: 'Downloading CIFAR-10',
        done: 0,
        total: null,
        unit: 'bytes',
        message: 'waiting for another process that downloads it',
      });
    return await withExclusiveAccess(target, signal, waiting, async (exclusive) => {
      const present = locateInFolder(dataDir);
      if (present !== null) return present;
      await downloadArchive(archive, target, {
        ...download,
        dataSet: 'CIFAR-10',
        variable: 'CIFAR10_DIR',
        signal: exclusive,
        onProgress,
      });
      const location = await unpack(target, options, exclusive);
      await rm(target);
      return location;
    });
  } catch (error) {
    if (error instanceof Cifar10Error) throw error;
    throw new StorageError(
      `CIFAR-10 cannot be stored in ${dataDir} (${(error as Error).message}). Make room or choose another folder with dataDir.`,
      dataDir,
      { cause: error },
    );
  }
}
