import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import {
  AbortedError,
  ChecksumError,
  Cifar10Error,
  DownloadError,
  DownloadStalledError,
  errorCode,
  StorageError,
} from './errors';
import type { OnCifar10Progress } from './progress';

/** How patient a download is. */
export interface DownloadPatience {
  /** Tries in a row that bring nothing new before the download is given up. */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly retryDelay?: number;
  /** Milliseconds without a byte from the server after which a try is given up. */
  readonly stallTimeout?: number;
}

/** What a download must yield. */
export interface PublishedArchive {
  readonly url: string;
  /** Published MD5 of the file, 32 hexadecimal digits. */
  readonly md5: string;
}

export interface DownloadArchiveOptions extends DownloadPatience {
  /** The name of the data set, for messages and progress: `CIFAR-10`. */
  readonly dataSet: string;
  /** The environment variable that names a copy of the data set, for the advice when the download fails. */
  readonly variable: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnCifar10Progress | undefined;
}

const TIMEOUT_CODES: readonly string[] = [
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];
const STORAGE_CODES: readonly string[] = [
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
];
const RETRIED_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

function dispatcher(connectTimeout: number): Dispatcher {
  const usesProxy = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some(
    (name) => process.env[name],
  );
  return usesProxy ? new EnvHttpProxyAgent({ connectTimeout }) : new Agent({ connectTimeout });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function md5Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    if (signal?.aborted) throw new AbortedError(signal);
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** First byte and whole length in `Content-Range: bytes 100-199/200`. */
function contentRange(header: unknown): { start: number; total: number | null } | null {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(header ?? ''));
  if (match === null) return null;
  return { start: Number(match[1]), total: match[2] === '*' ? null : Number(match[2]) };
}

/** One try: asks for what `part` does not hold yet and appends it. */
async function fetchRest(
  url: string,
  part: string,
  agent: Dispatcher,
  stallTimeout: number,
  signal: AbortSignal | undefined,
  report: (done: number, total: number | null) => void,
): Promise<void> {
  const have = await sizeOf(part);
  const response = await request(url, {
    dispatcher: agent,
    maxRedirections: 5,
    headersTimeout: stallTimeout,
    bodyTimeout: stallTimeout,
    signal: signal ?? null,
    headers: {
      'user-agent': 'cifar10-loader',
      ...(have > 0 ? { range: `bytes=${have}-` } : {}),
    },
  });
  const { statusCode, headers, body } = response;
  const range = statusCode === 206 ? contentRange(headers['content-range']) : null;
  const misplaced = statusCode === 206 && range?.start !== have;
  if ((statusCode !== 200 && statusCode !== 206) || misplaced) {
    // An error page is of no use, and reading it could stall.
    body.on('error', () => undefined).destroy();
    // 416: the part is as long as the archive or longer, and was not accepted; so it is wrong.
    if (statusCode === 416 || misplaced) await rm(part, { force: true });
    throw new DownloadError(
      misplaced
        ? `${url} sent the range "${headers['content-range']}" when asked for bytes from ${have} on.`
        : `${url} answered HTTP ${statusCode}.`,
      url,
      statusCode,
    );
  }
  // A server that ignores Range answers 200 and starts over.
  let done = statusCode === 206 ? have : 0;
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const total = range?.total ?? (length === null ? null : done + length);
  const file = await open(part, statusCode === 206 ? 'a' : 'w');
  try {
    report(done, total);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await file.write(chunk);
      done += chunk.length;
      report(done, total);
    }
  } finally {
    await file.close();
  }
}

function isFinal(error: Cifar10Error): boolean {
  if (error instanceof StorageError || error instanceof AbortedError) return true;
  if (!(error instanceof DownloadError) || error.status === null) return false;
  const mended = error.status === 206 || error.status === 416;
  return !mended && !RETRIED_STATUSES.includes(error.status);
}

function explain(
  error: unknown,
  url: string,
  part: string,
  stallTimeout: number,
  signal: AbortSignal | undefined,
): Cifar10Error {
  if (signal?.aborted) return new AbortedError(signal);
  if (error instanceof Cifar10Error) return error;
  const code = errorCode(error) ?? '';
  if (TIMEOUT_CODES.includes(code)) {
    return new DownloadStalledError(
      `${url} sent nothing for ${stallTimeout / 1000} s.`,
      url,
      stallTimeout,
      { cause: error },
    );
  }
  if (STORAGE_CODES.includes(code) && (error as NodeJS.ErrnoException).syscall !== 'connect') {
    return new StorageError(
      `${part} cannot be written (${(error as Error).message}). Make room or choose another folder with dataDir.`,
      part,
      { cause: error },
    );
  }
  const { message } = error as Error;
  return new DownloadError(`${url} could not be fetched (${message || code}).`, url, null, {
    cause: error,
  });
}

/** The last failure, told together with what to do next. */
function giveUp(error: Cifar10Error, attempts: number, variable: string): Cifar10Error {
  const told =
    `${error.message} ${attempts > 1 ? `Given up after ${attempts} tries in a row. ` : ''}` +
    'Check the connection (HTTPS_PROXY is honoured) and try again, or fetch the archive yourself and name it with ' +
    `${variable}.`;
  const cause = { cause: error };
  if (error instanceof DownloadStalledError) {
    return new DownloadStalledError(told, error.url, error.stallTimeout, cause);
  }
  if (error instanceof DownloadError)
    return new DownloadError(told, error.url, error.status, cause);
  return error;
}

/**
 * Downloads an archive to `target`: into `target + '.part'` first, which a later call takes up where it ended, and
 * renamed only when its MD5 is the published one.
 *
 * @throws DownloadError, DownloadStalledError, ChecksumError, StorageError, AbortedError
 */
export async function downloadArchive(
  { url, md5 }: PublishedArchive,
  target: string,
  {
    dataSet,
    variable,
    attempts = 4,
    retryDelay = 1000,
    stallTimeout = 30_000,
    signal,
    onProgress,
  }: DownloadArchiveOptions,
): Promise<void> {
  const part = `${target}.part`;
  const label = `Downloading ${dataSet}`;
  const agent = dispatcher(Math.min(stallTimeout, 10_000));
  let furthest = await sizeOf(part);
  let failures = 0;
  try {
    for (;;) {
      try {
        await fetchRest(url, part, agent, stallTimeout, signal, (done, total) =>
          onProgress?.({ label, done, total, unit: 'bytes' }),
        );
        const actual = await md5Of(part, signal);
        if (actual === md5) {
          await rename(part, target);
          return;
        }
        await rm(part, { force: true });
        throw new ChecksumError(
          `${url} was downloaded, but is not the published archive: its MD5 is ${actual}, expected ${md5}. ` +
            'It was deleted. Try again later; if it happens again, a proxy or the server changes the file.',
          url,
          md5,
          actual,
        );
      } catch (cause) {
        const error = explain(cause, url, part, stallTimeout, signal);
        const size = await sizeOf(part);
        failures = size > furthest ? 1 : failures + 1;
        furthest = Math.max(furthest, size);
        if (isFinal(error)) throw giveUp(error, 1, variable);
        // A wrong archive may be a part that was resumed across a change; once more from the start decides it.
        const allowed = error instanceof ChecksumError ? Math.min(attempts, 2) : attempts;
        if (failures >= allowed) throw giveUp(error, failures, variable);
        onProgress?.({
          label,
          done: size,
          total: null,
          unit: 'bytes',
          message: `${error.message} Trying again.`,
        });
        await delay(retryDelay * 2 ** (failures - 1), undefined, signal ? { signal } : {}).catch(
          () => undefined,
        );
      }
    }
  } finally {
    await agent.destroy();
  }
}
