/**
 * What went wrong, as a word a program can act on.
 *
 * | reason | meaning |
 * | --- | --- |
 * | `aborted` | the caller's `signal` ended the work |
 * | `option` | an option cannot be used |
 * | `connection` | no connection, or one that broke off |
 * | `proxy` | `HTTPS_PROXY` or `HTTP_PROXY` cannot be used |
 * | `status` | the server answered with a status that is not the file; see `status` |
 * | `stalled` | the server sent nothing for too long |
 * | `slow` | the server sent less than the least speed |
 * | `range` | the server sent other bytes than were asked for |
 * | `too-large` | more bytes came than the file may have |
 * | `checksum` | what came is not the published file |
 * | `storage` | a file or folder cannot be made, written or renamed |
 * | `locked` | another process holds the lock |
 * | `lock-lost` | another process took the lock away |
 * | `missing` | the archive is not there |
 * | `unreadable` | the archive cannot be opened |
 * | `not-an-archive` | the file is of another kind |
 * | `damaged` | the archive is cut short or altered |
 * | `unsafe` | the archive holds a path that leads out of it, a link or a device |
 * | `limit` | the archive would unpack to more than allowed |
 */
export type FailureReason =
  | 'aborted'
  | 'option'
  | 'connection'
  | 'proxy'
  | 'status'
  | 'stalled'
  | 'slow'
  | 'range'
  | 'too-large'
  | 'checksum'
  | 'storage'
  | 'locked'
  | 'lock-lost'
  | 'missing'
  | 'unreadable'
  | 'not-an-archive'
  | 'damaged'
  | 'unsafe'
  | 'limit';

/** What an error is made of. */
export interface FailureDetails {
  readonly reason: FailureReason;
  /** What was met and what was expected: whole sentences. */
  readonly problem: string;
  /** What to do next: whole sentences. */
  readonly advice?: string;
  readonly url?: string;
  readonly status?: number;
  readonly path?: string;
  readonly cause?: unknown;
}

/** Base class of every error this package raises on purpose. Its message is `problem`, then `advice`. */
export class VerifiedDownloadError extends Error {
  readonly reason: FailureReason;
  /** What was met and what was expected, without the advice. */
  readonly problem: string;
  /** What to do next; empty where there is nothing to say. */
  readonly advice: string;
  /** The address at fault, or `null`. */
  readonly url: string | null;
  /** HTTP status of the last answer, or `null` when there was none. */
  readonly status: number | null;
  /** The file or folder at fault, or `null`. */
  readonly path: string | null;

  constructor(details: FailureDetails) {
    const { reason, problem, advice = '', url = null, status = null, path = null } = details;
    super(
      advice === '' ? problem : `${problem} ${advice}`,
      'cause' in details ? { cause: details.cause } : {},
    );
    this.name = new.target.name;
    this.reason = reason;
    this.problem = problem;
    this.advice = advice;
    this.url = url;
    this.status = status;
    this.path = path;
  }
}

/** An option holds a value that cannot be used. */
export class InvalidOptionError extends VerifiedDownloadError {
  constructor(
    /** The option, as it is written in the call. */
    readonly option: string,
    problem: string,
  ) {
    super({ reason: 'option', problem });
  }
}

/** The file could not be fetched: `connection`, `proxy`, `status`, `stalled`, `slow`, `range` or `too-large`. */
export class DownloadError extends VerifiedDownloadError {
  /** Milliseconds after which the server wants to be asked again (`Retry-After`), or `null`. */
  readonly retryAfter: number | null;

  constructor(details: FailureDetails & { readonly retryAfter?: number | null }) {
    super(details);
    this.retryAfter = details.retryAfter ?? null;
  }
}

/** What was downloaded is not the published file. */
export class ChecksumError extends VerifiedDownloadError {
  readonly algorithm: 'md5' | 'sha256';
  readonly expected: string;
  readonly actual: string;

  constructor(
    details: Omit<FailureDetails, 'reason'> & {
      readonly algorithm: 'md5' | 'sha256';
      readonly expected: string;
      readonly actual: string;
    },
  ) {
    super({ ...details, reason: 'checksum' });
    this.algorithm = details.algorithm;
    this.expected = details.expected;
    this.actual = details.actual;
  }
}

/** A file or folder cannot be made, written or renamed: no space, no permission, something else in its place. */
export class StorageError extends VerifiedDownloadError {
  constructor(details: Omit<FailureDetails, 'reason'>) {
    super({ ...details, reason: 'storage' });
  }
}

/** Another process holds the lock (`locked`), or took it away (`lock-lost`). */
export class LockError extends VerifiedDownloadError {}

/** An archive is `missing`, `unreadable`, `not-an-archive`, `damaged`, `unsafe` or over a `limit`. */
export class ArchiveError extends VerifiedDownloadError {
  /** The member at fault, as its name is written in the archive, or `null`. */
  readonly entry: string | null;

  constructor(details: FailureDetails & { readonly entry?: string }) {
    super(details);
    this.entry = details.entry ?? null;
  }
}

/** The caller's `signal` ended the work; what was downloaded so far is kept for the next try. */
export class AbortedError extends VerifiedDownloadError {
  constructor(signal: AbortSignal) {
    super({
      reason: 'aborted',
      problem: 'The caller stopped the work.',
      advice: 'The next call takes up where it left off.',
      cause: signal.reason,
    });
  }
}

/** @internal The code of a system error (`ENOENT`), or `undefined`. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** @internal Runs file-system work; whatever fails becomes a {@link StorageError} with the path and what to do. */
export function storing<T>(path: string, action: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw storageError(path, action, cause);
  }
}

/** @internal See {@link storing}. `action` completes "cannot be": `opened`, `written`. */
export function storageError(path: string, action: string, cause: unknown): StorageError {
  const code = errorCode(cause);
  const advice =
    code === 'EISDIR'
      ? 'A folder of that name is in the way: move it, or choose another place.'
      : code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Make room, or choose another place.'
        : 'Make it writable, or choose another place.';
  return new StorageError({
    problem: `${path} cannot be ${action} (${(cause as Error).message}).`,
    advice,
    path,
    cause,
  });
}
