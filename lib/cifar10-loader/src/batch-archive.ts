import { type ArchiveMember, readArchive } from 'verified-download';
import { batchFiles, IMAGE_BYTES } from './cifar10-archive';
import { asCifar10, DamagedDataError } from './errors';
import type { OnCifar10Progress } from './progress';

const BINARY_FILES = new Set([...batchFiles('binary', 'train'), ...batchFiles('binary', 'test')]);
/** What a Python batch may spend on an image's label and file name; real ones spend about 40 bytes. */
const PYTHON_EXTRA_BYTES = 256;
/**
 * What a Python batch may spend on one pixel. Protocols 2 to 5 of Python 2 and 3 to 5 of Python 3 spend one byte,
 * protocol 2 of Python 3 writes bytes as UTF-8, and protocol 0 escapes them: `\x80`.
 */
const PYTHON_BYTES_PER_PIXEL = 4;
/** Files of an official archive: six batches, a readme, the names of the classes and their folder. */
const MOST_MEMBERS = 100;

export interface ReadBatchesOptions {
  /** Base names of the files to keep. */
  readonly wanted: ReadonlySet<string>;
  readonly imagesPerBatch: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

/** The most bytes that a batch of the Python version may have. @internal */
export function mostPythonBytes(imagesPerBatch: number): number {
  return imagesPerBatch * (IMAGE_BYTES * PYTHON_BYTES_PER_PIXEL + PYTHON_EXTRA_BYTES) + 65_536;
}

function refuseWrongSize(name: string, size: number, path: string, imagesPerBatch: number): void {
  const exact = imagesPerBatch * (1 + IMAGE_BYTES);
  const most = mostPythonBytes(imagesPerBatch);
  if (BINARY_FILES.has(name) ? size === exact : size <= most) return;
  throw new DamagedDataError(
    `${path}: its file ${name} has ${size} bytes, expected ${BINARY_FILES.has(name) ? exact : `at most ${most}`}.`,
    path,
    { advice: 'Get the archive again.' },
  );
}

/**
 * Reads the wanted batches of an archive into memory.
 *
 * @internal
 * @returns base name → content
 * @throws DataNotFoundError, DamagedDataError, UnsafeArchiveError, AbortedError
 */
export async function readBatchArchive(
  path: string,
  { wanted, imagesPerBatch, signal, onProgress }: ReadBatchesOptions,
): Promise<Map<string, Uint8Array>> {
  const baseName = (member: string) => member.split('/').at(-1) ?? '';
  const files = await asCifar10(
    readArchive(path, {
      name: 'CIFAR-10',
      signal,
      onProgress,
      limits: {
        members: MOST_MEMBERS,
        totalBytes: 6 * mostPythonBytes(imagesPerBatch) + 2 ** 20,
      },
      wanted: ({ path: member, size }: ArchiveMember) => {
        const name = baseName(member);
        if (!wanted.has(name)) return false;
        refuseWrongSize(name, size, path, imagesPerBatch);
        return true;
      },
    }),
  );
  return new Map([...files].map(([member, content]) => [baseName(member), content]));
}
