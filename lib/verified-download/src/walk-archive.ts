import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { beginsTar, formatOf } from './archive-format';
import { type ArchiveLimits, UnpackingMeter } from './archive-limits';
import type { MemberSink, OnMember } from './archive-member';
import { AbortedError, ArchiveError, errorCode, VerifiedDownloadError } from './errors';
import type { OnProgress } from './progress';
import { TarReader } from './tar-archive';
import { readZip } from './zip-archive';

/** Options that reading and unpacking an archive share. */
export interface ArchiveOptions {
  /** What is being unpacked, for progress: `SST-2`. Default: the name of the archive. */
  readonly name?: string;
  readonly limits?: ArchiveLimits;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const HEAD_BYTES = 512;
const CHUNK_BYTES = 1 << 20;

async function openArchive(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (cause) {
    const missing = errorCode(cause) === 'ENOENT';
    throw new ArchiveError({
      reason: missing ? 'missing' : 'unreadable',
      problem: missing
        ? `${path} does not exist.`
        : `${path} cannot be read (${(cause as Error).message}).`,
      advice: missing ? 'Correct the path.' : 'Make it readable or get the archive again.',
      path,
      cause,
    });
  }
  throw new ArchiveError({
    reason: 'unreadable',
    problem: `${path} is not a file.`,
    advice: 'Expected an archive.',
    path,
  });
}

/** A tar, as it is or out of gzip; or one file in gzip, named like the archive without its `.gz`. */
class StreamReader {
  #head = Buffer.alloc(0);
  #tar: TarReader | null = null;
  #single: MemberSink | null = null;
  #begun = false;

  constructor(
    private readonly path: string,
    private readonly mayBeSingle: boolean,
    private readonly meter: UnpackingMeter,
    private readonly onMember: OnMember,
  ) {}

  write(chunk: Buffer): void {
    if (!this.#begun) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length < HEAD_BYTES) return;
      this.#begin();
      return;
    }
    this.#tar?.write(chunk);
    this.#single?.write(chunk);
  }

  end(): void {
    if (!this.#begun) this.#begin();
    this.#tar?.end();
    this.#single?.end();
  }

  #begin(): void {
    this.#begun = true;
    const head = this.#head;
    if (!this.mayBeSingle && !beginsTar(head)) {
      throw new Error('it does not begin with a member of a tar');
    }
    if (beginsTar(head)) {
      this.#tar = new TarReader(this.path, this.meter, this.onMember);
      this.#tar.write(head);
      return;
    }
    const member = { path: basename(this.path).replace(/\.gz$/i, ''), size: Number.NaN };
    this.#single = this.onMember(member);
    this.#single?.write(head);
  }
}

async function readStream(
  file: FileHandle,
  reader: StreamReader,
  gzip: boolean,
  meter: UnpackingMeter,
  signal: AbortSignal | undefined,
  report: (done: number) => void,
): Promise<void> {
  let packed = 0;
  let unpacked = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      packed += chunk.length;
      report(packed);
      yield chunk;
    }
  };
  const read = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      meter.checkBytes(unpacked, packed);
      reader.write(chunk);
    }
    reader.end();
  };
  const source = file.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  const options = signal === undefined ? {} : { signal };
  if (gzip) {
    await pipeline(source, counted, createGunzip({ chunkSize: CHUNK_BYTES }), read, options);
  } else {
    await pipeline(source, counted, read, options);
  }
}

async function walkOpened(
  file: FileHandle,
  path: string,
  { name = basename(path), limits, signal, onProgress }: ArchiveOptions,
  onMember: OnMember,
): Promise<void> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const { format, words } = formatOf(buffer.subarray(0, bytesRead));
  const meter = new UnpackingMeter(path, limits);
  const report = (done: number, total: number): void => {
    if (signal?.aborted) throw new AbortedError(signal);
    onProgress?.({ label: `Unpacking ${name}`, done, total, unit: 'bytes' });
    if (signal?.aborted) throw new AbortedError(signal);
  };
  if (format === null) {
    throw new ArchiveError({
      reason: 'not-an-archive',
      problem: `${path} is ${words}; expected a .tar, a .tar.gz, a .zip or a .gz.`,
      advice: 'Unpack other formats first and give the folder, or get the archive again.',
      path,
    });
  }
  if (format === 'zip') return readZip(file.fd, path, meter, onMember, report);
  const mayBeSingle = format === 'gzip' && !/\.(tar\.gz|tgz)$/i.test(path);
  const reader = new StreamReader(path, mayBeSingle, meter, onMember);
  await readStream(file, reader, format === 'gzip', meter, signal, (done) => report(done, size));
}

/**
 * Goes through an archive and hands the content of the wanted members to their sinks. Nothing is written by it.
 *
 * @internal
 * @throws ArchiveError, AbortedError, and whatever a sink throws that is a {@link VerifiedDownloadError}.
 */
export async function walkArchive(
  path: string,
  options: ArchiveOptions,
  onMember: OnMember,
): Promise<void> {
  // Opened once: whoever deletes the archive meanwhile does not disturb the reading.
  const file = await openArchive(path);
  try {
    await walkOpened(file, path, options, onMember);
  } catch (error) {
    if (options.signal?.aborted) throw new AbortedError(options.signal);
    if (error instanceof VerifiedDownloadError) throw error;
    throw new ArchiveError({
      reason: 'damaged',
      problem: `${path} cannot be unpacked (${(error as Error).message}): it is damaged or incomplete.`,
      advice: 'Get the archive again.',
      path,
      cause: error,
    });
  } finally {
    await file.close();
  }
}
