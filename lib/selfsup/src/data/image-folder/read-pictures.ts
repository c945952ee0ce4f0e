import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { plural } from '../../runtime/plural';
import type { OnProgress } from '../../runtime/progress';
import { PictureDecoder, type PictureOptions } from './decode-picture';
import { ImageFolderError } from './image-folder-error';
import { type KeptFile, PictureCache } from './picture-cache';
import type { FoundFile } from './scan-folder';
import { SkipFile, type SkippedFile } from './skipped-file';

export interface ReadPicturesOptions {
  readonly picture: PictureOptions;
  /** Where what was decoded is kept; `null` for nowhere. */
  readonly cacheDir: string | null;
  /** For the reports of progress. */
  readonly label: string;
  readonly onProgress: OnProgress | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What {@link readPictures} made of the files. */
export interface ReadPictures {
  /** Place for every file, `[files, size, size, 3]`; of a skipped one it holds nothing of use. */
  readonly pixels: Uint8Array;
  /** For each file, why it was skipped; `null` for one that was read. */
  readonly skipped: readonly (SkippedFile | null)[];
  /** How many were decoded now; the others were in the cache. */
  readonly decoded: number;
  /** The file in which the pictures are kept; `null` where they are not. */
  readonly cacheFile: string | null;
  /** Why they could not be kept; `null` where they were, or were not to be. */
  readonly cacheProblem: string | null;
}

/** Files that are read at once: enough to keep the threads that decode busy. */
const AT_ONCE = Math.max(4, availableParallelism());

/**
 * Decodes and resizes files, each once: what is in the cache, and has not changed since, is taken from there. When an
 * abort comes in between, what has been decoded is kept for the next time.
 *
 * @internal
 * @throws ImageFolderError when the pictures do not fit into memory; the signal's reason when it is aborted.
 */
export async function readPictures(
  root: string,
  files: readonly FoundFile[],
  { picture, cacheDir, label, onProgress, signal }: ReadPicturesOptions,
): Promise<ReadPictures> {
  const decoder = new PictureDecoder(picture);
  const bytes = picture.size * picture.size * 3;
  const pixels = allocate(files.length, picture.size);
  const placeOf = (position: number) => pixels.subarray(position * bytes, (position + 1) * bytes);
  const positions = new Map(files.map(({ file }, position) => [file, position]));
  const path =
    cacheDir === null
      ? null
      : join(cacheDir, `${keyOf([decoder.version, root, picture.size, picture])}.pictures`);
  const cache = path === null ? null : new PictureCache(path, bytes);

  const positionOf = ({ file, stamp }: KeptFile): number | null => {
    const position = positions.get(file);
    return position !== undefined && files[position]?.stamp === stamp ? position : null;
  };
  const table = cache?.read((kept) => {
    const position = positionOf(kept);
    return position === null ? null : placeOf(position);
  });
  const outcomes = new Array<SkippedFile | null | undefined>(files.length).fill(undefined);
  for (const kept of table ?? []) {
    const position = positionOf(kept);
    if (position !== null) outcomes[position] = kept.skipped;
  }
  const waiting = [...files.keys()].filter((position) => outcomes[position] === undefined);
  let done = files.length - waiting.length;
  const report = () => onProgress?.({ label, done, total: files.length, unit: 'files' });
  const decoded = waiting.length;
  const isStale = decoded > 0 || table?.length !== files.length;

  // One iterator for all workers: `shift` would move the whole list up for each file.
  const queue = waiting.values();
  const work = async (): Promise<void> => {
    for (const next of queue) {
      if (signal?.aborted) return;
      const { file, size } = files[next] as FoundFile;
      try {
        placeOf(next).set(await decoder.decode(join(root, file), size));
        outcomes[next] = null;
      } catch (error) {
        if (!(error instanceof SkipFile)) throw error;
        outcomes[next] = { file, reason: error.reason, detail: error.detail };
      }
      done++;
      report();
    }
  };
  report();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const keep = async (): Promise<string | null> => {
    if (cache === null || !isStale) return null;
    try {
      await cache.write(tableOf(files, outcomes), ({ file }) =>
        placeOf(positions.get(file) as number),
      );
      return null;
    } catch (error) {
      return `the pictures could not be kept in ${cacheDir} (${(error as Error).message})`;
    }
  };
  const cacheProblem = await keep();
  signal?.throwIfAborted();
  const skipped = outcomes.map((outcome) => outcome ?? null);
  return { pixels, skipped, decoded, cacheFile: cacheProblem === null ? path : null, cacheProblem };
}

/** What may be kept: not what could not be opened, for that may change without the file changing. */
function tableOf(
  files: readonly FoundFile[],
  outcomes: readonly (SkippedFile | null | undefined)[],
): KeptFile[] {
  return files.flatMap(({ file, stamp }, position) => {
    const skipped = outcomes[position];
    return skipped === undefined || skipped?.reason === 'unreadable'
      ? []
      : [{ file, stamp, skipped }];
  });
}

function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** @throws ImageFolderError when so many pictures do not fit into memory. */
function allocate(count: number, size: number): Uint8Array {
  const bytes = count * size * size * 3;
  const most = Math.min(constants.MAX_LENGTH, Math.floor(totalmem() / 2));
  if (bytes <= most) return new Uint8Array(bytes);
  const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`;
  throw new ImageFolderError(
    `imageFolder: ${count.toLocaleString('en-GB')} ${plural(count, 'file')} of ${size} × ${size} pixels ${plural(count, 'needs', 'need')} ${gigabytes(bytes)} of memory; ` +
      `at most ${gigabytes(most)} are used on this machine. Choose a smaller size, or a folder of fewer files.`,
  );
}
