import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import {
  AbortedError,
  ChecksumError,
  DownloadError,
  StorageError,
  VerifiedDownloadError,
} from './errors';
import { httpAgent } from './http-agent';
import { transfer } from './http-transfer';
import { describeHolder, withLock } from './lock';
import { PartFile } from './part-file';
import type { OnProgress } from './progress';
import { checkPublishedFile, type PublishedFile, verifyFile } from './published-file';

/** How patient a download is. */
export interface DownloadPatience {
  /** Tries in a row that bring nothing new before the download is given up. Default: 4. */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubled before each further one, up to a minute. Default: 1,000. */
  readonly retryDelay?: number;
  /** Milliseconds without a byte from the server after which a try is given up. Default: 30,000. */
  readonly stallTimeout?: number;
  /** Bytes a second, on average over `stallTimeout`, below which a try is given up. Default: 1,024. */
  readonly minimumSpeed?: number;
  /** The longest wait that a server may ask for with `Retry-After`, in milliseconds. Default: 300,000. */
  readonly maximumWait?: number;
}

/** Options of {@link downloadFile}. */
export interface DownloadOptions extends DownloadPatience {
  /** What is being fetched, for progress and messages: `SST-2`. Default: the name of the target file. */
  readonly name?: string;
  /** What to do where the download fails for good, after "or": `name a copy with SST2_DIR`. */
  readonly alternative?: string;
  /** Bytes beyond which a file of unpublished size is refused. Default: 16 GiB. */
  readonly maximumSize?: number;
  /** Sent to the server. Default: `verified-download`. */
  readonly userAgent?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What {@link downloadFile} did. */
export interface DownloadedFile {
  readonly path: string;
  /** `false` where the file was there already, with the right digest. */
  readonly downloaded: boolean;
}

type Defaults = 'alternative' | 'signal' | 'onProgress';
type Settings = Required<Omit<DownloadOptions, Defaults>> & Pick<DownloadOptions, Defaults>;

const RETRIED_STATUSES: readonly number[] = [408, 416, 425, 429, 500, 502, 503, 504];
const LONGEST_PAUSE = 60_000;

/** Whether a further try can end otherwise. */
function isFinal(error: VerifiedDownloadError): boolean {
  switch (error.reason) {
    case 'connection':
    case 'stalled':
    case 'slow':
    case 'range':
    case 'checksum':
      return false;
    case 'status':
      return !RETRIED_STATUSES.includes(error.status ?? 0);
    default:
      return true;
  }
}

/** The last failure, told together with what to do next. */
function giveUp(
  error: VerifiedDownloadError,
  tries: number,
  alternative: string | undefined,
): VerifiedDownloadError {
  const times = tries > 1 ? `Given up after ${tries} tries in a row. ` : '';
  const orElse = alternative === undefined ? '' : `, or ${alternative}`;
  const details = { problem: error.problem, cause: error };
  if (error instanceof ChecksumError) {
    const { algorithm, expected, actual } = error;
    const advice = `${error.advice}${alternative === undefined ? '' : ` Or ${alternative}.`}`;
    return new ChecksumError({ ...details, ...places(error), advice, algorithm, expected, actual });
  }
  if (!(error instanceof DownloadError)) return error;
  const check =
    error.reason === 'proxy'
      ? error.advice.replace(/\.$/, '')
      : error.reason === 'too-large'
        ? 'Check the address'
        : 'Check the connection (HTTPS_PROXY is honoured) and try again';
  const { reason, retryAfter } = error;
  const advice = `${times}${check}${orElse}.`;
  return new DownloadError({ ...details, ...places(error), reason, retryAfter, advice });
}

function places({ url, status, path }: VerifiedDownloadError) {
  return {
    ...(url === null ? {} : { url }),
    ...(status === null ? {} : { status }),
    ...(path === null ? {} : { path }),
  };
}

/** Milliseconds before the next try; what the server asks for goes before our own growing pauses. */
function pauseBefore(error: VerifiedDownloadError, failures: number, settings: Settings): number {
  const own = Math.min(settings.retryDelay * 2 ** (failures - 1), LONGEST_PAUSE);
  const asked = error instanceof DownloadError ? error.retryAfter : null;
  if (asked === null || asked <= own) return own;
  if (asked <= settings.maximumWait) return asked;
  const time = new Date(Date.now() + asked).toISOString();
  throw new DownloadError({
    reason: 'status',
    problem: `${error.problem} It wants to be asked again in ${Math.ceil(asked / 1000)} s, at ${time}.`,
    ...places(error),
    retryAfter: asked,
    cause: error,
  });
}

/** Tries until the part is whole and verified, or nothing new comes any more. */
async function fetchWhole(
  file: PublishedFile,
  part: PartFile,
  agent: Dispatcher,
  settings: Settings,
): Promise<void> {
  const { name, attempts, signal, onProgress, alternative } = settings;
  const label = `Downloading ${name}`;
  let furthest = part.size;
  let failures = 0;
  let wrong = 0;
  // A wrong digest after a resume may come of two versions joined; that is no fault of a download in one go.
  let wrongAllowed = 2;
  for (;;) {
    const resumed = part.size > 0;
    try {
      // A process that was killed while it verified has left a part that is whole.
      if (file.size === undefined || part.size !== file.size) {
        await transfer(part, {
          ...settings,
          url: file.url,
          agent,
          size: file.size,
          signal,
          report: (done, total) => onProgress?.({ label, done, total, unit: 'bytes' }),
        });
      }
      await verifyFile(part.path, file, signal);
      return;
    } catch (cause) {
      const error = asError(cause, file.url, part);
      if (error instanceof ChecksumError) {
        part.restart();
        wrong += 1;
        if (resumed && wrong === 1) wrongAllowed = 3;
        if (wrong >= Math.min(wrongAllowed, Math.max(attempts, resumed ? 2 : 1))) {
          throw giveUp(error, failures + 1, alternative);
        }
        failures = 0;
        furthest = 0;
      }
      if (isFinal(error)) throw giveUp(error, 1, alternative);
      failures = part.size > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, part.size);
      if (failures >= attempts && !(error instanceof ChecksumError)) {
        throw giveUp(error, failures, alternative);
      }
      let pause: number;
      try {
        pause = pauseBefore(error, failures, settings);
      } catch (tooLong) {
        throw giveUp(tooLong as DownloadError, failures, alternative);
      }
      const wait =
        pause >= 2000 ? ` Trying again in ${Math.ceil(pause / 1000)} s.` : ' Trying again.';
      const message = `${error.problem}${wait}`;
      onProgress?.({ label, done: part.size, total: null, unit: 'bytes', message });
      await delay(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (signal?.aborted) throw new AbortedError(signal);
    }
  }
}

function asError(cause: unknown, url: string, part: PartFile): VerifiedDownloadError {
  if (cause instanceof VerifiedDownloadError) return cause;
  const { message, syscall } = cause as NodeJS.ErrnoException;
  if (syscall !== undefined) {
    const problem = `${part.path} cannot be read (${message}).`;
    const advice = 'Make it readable, or choose another place.';
    return new StorageError({ problem, advice, path: part.path, cause });
  }
  const problem = `${url} could not be fetched (${message}).`;
  return new DownloadError({ reason: 'connection', problem, url, cause });
}

function connect(url: string, { stallTimeout, alternative }: Settings): Dispatcher {
  try {
    return httpAgent(url, Math.min(stallTimeout, 10_000));
  } catch (error) {
    throw error instanceof DownloadError ? giveUp(error, 1, alternative) : error;
  }
}

async function isThere(target: string, file: PublishedFile, signal: AbortSignal | undefined) {
  if (!existsSync(target)) return false;
  try {
    await verifyFile(target, file, signal);
    return true;
  } catch (error) {
    if (error instanceof AbortedError) throw error;
    return false;
  }
}

/**
 * Downloads a file to `target`: into `<target>.part` first, which a later call takes up where it ended (HTTP `Range`,
 * with `If-Range` where the server names the version), and renamed only when its digest is the published one. Where
 * `target` holds that file already, nothing is fetched. A wrong digest after a resume starts the download afresh.
 *
 * A status of 408, 425, 429, 500, 502, 503 or 504, a connection that breaks off, stalls or falls below the least speed
 * is tried again with growing pauses, or after the time that the server asks for with `Retry-After`. Of several processes that
 * call at once, one downloads. The folder of `target` must exist.
 *
 * @throws InvalidOptionError, DownloadError, ChecksumError, StorageError, LockError, AbortedError; all of them are
 * {@link VerifiedDownloadError}s with a `reason`.
 *
 * @example
 * await downloadFile({ url, sha256 }, 'data/archive.tar.gz', { name: 'my data', onProgress });
 */
export async function downloadFile(
  file: PublishedFile,
  target: string,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  checkPublishedFile(file);
  const settings: Settings = {
    name: basename(target),
    attempts: 4,
    retryDelay: 1000,
    stallTimeout: 30_000,
    minimumSpeed: 1024,
    maximumWait: 300_000,
    maximumSize: 16 * 2 ** 30,
    userAgent: 'verified-download',
    ...options,
  };
  const { name, signal, onProgress } = settings;
  if (signal?.aborted) throw new AbortedError(signal);
  return withLock(
    `${target}.part`,
    {
      signal,
      purpose: `downloading ${name}`,
      onWaiting: (holder) =>
        onProgress?.({
          label: `Downloading ${name}`,
          done: 0,
          total: null,
          unit: 'bytes',
          message: `waiting for ${describeHolder(holder)}`,
        }),
    },
    async (exclusive) => {
      if (await isThere(target, file, exclusive)) return { path: target, downloaded: false };
      const agent = connect(file.url, settings);
      try {
        const part = new PartFile(target);
        try {
          await fetchWhole(file, part, agent, { ...settings, signal: exclusive });
          part.place();
        } finally {
          part.close();
        }
        return { path: target, downloaded: true };
      } finally {
        await agent.destroy();
      }
    },
  );
}
