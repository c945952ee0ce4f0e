import {
  ArchiveError,
  type FailureDetails,
  AbortedError as FetchAborted,
  ChecksumError as FetchChecksum,
  DownloadError as FetchFailed,
  VerifiedDownloadError,
} from 'verified-download';

/**
 * Base class of every error this package raises on purpose. The message says what was met, what was expected and what to
 * do next; `reason`, `problem`, `url`, `status` and `path` say it to a program, as in every {@link VerifiedDownloadError}.
 */
export class Cifar10Error extends VerifiedDownloadError {}

/** What may be added to a problem: what to do next, and what brought it about. */
type Addition = Partial<Omit<FailureDetails, 'problem' | 'path'>>;

/** An option holds a value that cannot be used. */
export class InvalidOptionError extends Cifar10Error {
  constructor(
    /** The option, as it is written in the call. */
    readonly option: string,
    problem: string,
  ) {
    super({ reason: 'option', problem });
  }
}

/** CIFAR-10 is not where it was looked for, and downloading it was not allowed. */
export class DataNotFoundError extends Cifar10Error {
  constructor(
    problem: string,
    /** Every place that was looked at. */
    readonly searched: readonly string[],
    addition: Addition = {},
  ) {
    super({ reason: 'missing', problem, ...addition });
  }
}

/** A file holds something other than CIFAR-10: damaged, truncated, of a wrong size, or of another kind. */
export class DamagedDataError extends Cifar10Error {
  /** The file or folder at fault. */
  declare readonly path: string;

  constructor(problem: string, path: string, addition: Addition = {}) {
    super({ reason: 'damaged', problem, path, ...addition });
  }
}

/** An archive holds an entry that has no business there: a path that leads out of it, a link, a device. */
export class UnsafeArchiveError extends Cifar10Error {
  declare readonly path: string;

  constructor(
    problem: string,
    path: string,
    /** The name of the entry, as written in the archive. */
    readonly entry: string,
    addition: Addition = {},
  ) {
    super({ ...addition, reason: 'unsafe', problem, path });
  }
}

/** The download failed: no connection, a refusal of the server, or a transfer that broke off too often. */
export class DownloadError extends Cifar10Error {
  declare readonly url: string;
}

/** The server sent nothing for longer than the time-out allows. */
export class DownloadStalledError extends DownloadError {
  constructor(
    details: FailureDetails,
    /** Milliseconds of silence after which the transfer was given up. */
    readonly stallTimeout: number,
  ) {
    super(details);
  }
}

/** What was downloaded is not the published archive. */
export class ChecksumError extends Cifar10Error {
  declare readonly url: string;

  constructor(
    details: FailureDetails,
    readonly expectedMd5: string,
    readonly actualMd5: string,
  ) {
    super(details);
  }
}

/** The caller's `signal` ended the work; what was downloaded so far is kept for the next try. */
export class AbortedError extends Cifar10Error {
  constructor(signal: Pick<AbortSignal, 'reason'>) {
    super({
      reason: 'aborted',
      problem: 'The data were not loaded: the caller stopped it.',
      advice: 'The next call takes up where it left off.',
      cause: signal.reason,
    });
  }
}

/** The data folder cannot be written: no space, no permission, or a lock that was lost. */
export class StorageError extends Cifar10Error {
  declare readonly path: string;
}

/** @internal The one command that leads out of damaged data, whoever put them there. */
export const GET_AGAIN =
  'To get a verified copy: npx cifar10-loader --data-dir FOLDER, with a FOLDER that holds no other copy.';

/** Silence that a stalled download waited for, where the caller names none. */
const DEFAULT_STALL_TIMEOUT = 30_000;

/**
 * The error of this package for one of verified-download, with the same fields and the original as its cause.
 *
 * @internal
 */
export function asCifar10Error(
  error: VerifiedDownloadError,
  stallTimeout: number = DEFAULT_STALL_TIMEOUT,
): Cifar10Error {
  if (error instanceof Cifar10Error) return error;
  if (error instanceof FetchAborted) return new AbortedError({ reason: error.cause });
  const { reason, problem, advice, url, status, path } = error;
  const details: FailureDetails = {
    reason,
    problem,
    advice,
    ...(url === null ? {} : { url }),
    ...(status === null ? {} : { status }),
    ...(path === null ? {} : { path }),
    cause: error,
  };
  if (error instanceof FetchChecksum) {
    return new ChecksumError(details, error.expected, error.actual);
  }
  if (error instanceof FetchFailed) {
    return reason === 'stalled'
      ? new DownloadStalledError(details, stallTimeout)
      : new DownloadError(details);
  }
  if (error instanceof ArchiveError && path !== null) {
    const addition = { reason, advice, cause: error };
    if (reason === 'missing') return new DataNotFoundError(problem, [path], addition);
    return reason === 'unsafe'
      ? new UnsafeArchiveError(problem, path, error.entry ?? '', addition)
      : new DamagedDataError(problem, path, addition);
  }
  return reason === 'storage' || reason === 'locked' || reason === 'lock-lost'
    ? new StorageError(details)
    : new Cifar10Error(details);
}

/** @internal Runs work of verified-download; what it throws becomes a {@link Cifar10Error}. */
export async function asCifar10<T>(work: Promise<T>, stallTimeout?: number): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VerifiedDownloadError) throw asCifar10Error(error, stallTimeout);
    throw error;
  }
}
