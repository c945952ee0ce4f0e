import { type DownloadPatience, downloadFile, type PublishedFile } from 'verified-download';
import { asCifar10 } from './errors';
import type { OnCifar10Progress } from './progress';

export type { DownloadPatience } from 'verified-download';

/** What a download must yield: an address, the published MD5 and, where it is known, the size. */
export type PublishedArchive = PublishedFile & { readonly md5: string };

/** Options of {@link downloadArchive}. */
export interface DownloadArchiveOptions extends DownloadPatience {
  /** The name of the data set, for messages and progress: `CIFAR-10`. */
  readonly dataSet: string;
  /** The environment variable that names a copy of the data set, for the advice when the download fails. */
  readonly variable: string;
  /** Bytes beyond which the download is ended. */
  readonly maximumSize?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

/**
 * Downloads an archive to `target`, see verified-download's `downloadFile`.
 *
 * @throws DownloadError, DownloadStalledError, ChecksumError, StorageError, AbortedError
 */
export async function downloadArchive(
  archive: PublishedArchive,
  target: string,
  { dataSet, variable, ...options }: DownloadArchiveOptions,
): Promise<void> {
  await asCifar10(
    downloadFile(archive, target, {
      ...options,
      name: dataSet,
      alternative: `fetch the archive yourself and name it with ${variable}`,
      userAgent: 'cifar10-loader',
    }),
    options.stallTimeout,
  );
}
