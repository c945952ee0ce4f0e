import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { batchFiles, IMAGE_BYTES } from './cifar10-archive';
import {
  AbortedError,
  Cifar10Error,
  DamagedDataError,
  DataNotFoundError,
  errorCode,
  UnsafeArchiveError,
} from './errors';
import type { OnCifar10Progress } from './progress';

const FILE_TYPES: readonly string[] = ['File', 'OldFile', 'ContiguousFile'];
const BINARY_FILES = new Set([...batchFiles('binary', 'train'), ...batchFiles('binary', 'test')]);
/** What a Python batch may spend on an image's label and file name; real ones spend about 40 bytes. */
const PYTHON_EXTRA_BYTES = 256;

export interface ReadArchiveOptions {
  /** Base names of the files to keep. */
  readonly wanted: ReadonlySet<string>;
  readonly imagesPerBatch: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

function refuseUnsafe(entry: ReadEntry, path: string): void {
  const leadsOut =
    /^([/\\]|[A-Za-z]:)/.test(entry.path) || entry.path.split(/[/\\]/).includes('..');
  const isPlain = FILE_TYPES.includes(entry.type) || entry.type === 'Directory';
  if (!leadsOut && isPlain) return;
  throw new UnsafeArchiveError(
    `${path} was refused: its entry "${entry.path}" ${leadsOut ? 'leads out of the archive' : `is a ${entry.type}`}; ` +
      "CIFAR-10's archives hold plain files only. Get the archive from the official site.",
    path,
    entry.path,
  );
}

function refuseWrongSize(name: string, size: number, path: string, imagesPerBatch: number): void {
  const exact = imagesPerBatch * (1 + IMAGE_BYTES);
  const most = imagesPerBatch * (IMAGE_BYTES + PYTHON_EXTRA_BYTES) + 65_536;
  if (BINARY_FILES.has(name) ? size === exact : size <= most) return;
  throw new DamagedDataError(
    `${path}: its file ${name} has ${size} bytes, expected ${BINARY_FILES.has(name) ? exact : `at most ${most}`}. ` +
      'Get the archive again.',
    path,
  );
}

async function openArchive(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    const cause = { cause: error };
    if (errorCode(error) === 'ENOENT') {
      throw new DataNotFoundError(
        `${path} is not there any more. Try again, or name another copy of CIFAR-10.`,
        [path],
        cause,
      );
    }
    throw new DamagedDataError(
      `${path} cannot be read (${(error as Error).message}). Make it readable or get the archive again.`,
      path,
      cause,
    );
  }
}

async function firstBytes(file: FileHandle, count: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
  return buffer.subarray(0, bytesRead);
}

/**
 * Reads the wanted files of a `.tar` or `.tar.gz` into memory. Nothing is written, so an archive cannot put a file
 * anywhere and a damaged one leaves nothing behind.
 *
 * @internal
 * @returns base name → content
 * @throws DataNotFoundError, DamagedDataError, UnsafeArchiveError, AbortedError
 */
export async function readArchive(
  path: string,
  options: ReadArchiveOptions,
): Promise<Map<string, Uint8Array>> {
  // Opened once: whoever deletes the archive meanwhile does not disturb the reading.
  const file = await openArchive(path);
  try {
    return await readOpened(file, path, options);
  } finally {
    await file.close();
  }
}

async function readOpened(
  file: FileHandle,
  path: string,
  { wanted, imagesPerBatch, signal, onProgress }: ReadArchiveOptions,
): Promise<Map<string, Uint8Array>> {
  const { size } = await file.stat();
  const head = await firstBytes(file, 262);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!isGzip && head.toString('latin1', 257, 262) !== 'ustar') {
    throw new DamagedDataError(
      `${path} is neither a .tar nor a .tar.gz. Unpack other formats first and give the folder.`,
      path,
    );
  }
  const files = new Map<string, Uint8Array>();
  let refusal: Error | null = null;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      try {
        refuseUnsafe(entry, path);
        const name = entry.path.split('/').at(-1) ?? '';
        if (refusal === null && FILE_TYPES.includes(entry.type) && wanted.has(name)) {
          refuseWrongSize(name, entry.size, path, imagesPerBatch);
          const content = new Uint8Array(entry.size);
          let filled = 0;
          entry.on('data', (chunk: Buffer) => {
            content.set(chunk, filled);
            filled += chunk.length;
          });
          files.set(name, content);
          return;
        }
      } catch (error) {
        refusal ??= error as Error;
      }
      entry.resume();
    },
  });
  parser.on('error', (error: Error) => {
    refusal ??= error;
  });
  let done = 0;
  const parse = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      parser.write(chunk);
      if (refusal !== null) throw refusal;
    }
    parser.end();
    if (refusal !== null) throw refusal;
  };
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      done += chunk.length;
      onProgress?.({ label: 'Unpacking CIFAR-10', done, total: size, unit: 'bytes' });
      yield chunk;
    }
  };
  const source = file.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false });
  const options = signal === undefined ? {} : { signal };
  try {
    if (isGzip) {
      await pipeline(source, counted, createGunzip({ chunkSize: 1 << 20 }), parse, options);
    } else {
      await pipeline(source, counted, parse, options);
    }
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(signal);
    if (error instanceof Cifar10Error) throw error;
    throw new DamagedDataError(
      `${path} cannot be unpacked (${(error as Error).message}): it is damaged or incomplete. Get the archive again.`,
      path,
      { cause: error },
    );
  }
  return files;
}
