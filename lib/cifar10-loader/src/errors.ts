/**
 * Base class of every error this package raises on purpose. The message says what was met, what was expected and
 * what to do next.
 */
export class Cifar10Error extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option holds a value that cannot be used. */
export class InvalidOptionError extends Cifar10Error {
  constructor(
    /** The option, as it is written in the call. */
    readonly option: string,
    message: string,
  ) {
    super(message);
  }
}

/** CIFAR-10 is not where it was looked for, and downloading it was not allowed. */
export class DataNotFoundError extends Cifar10Error {
  constructor(
    message: string,
    /** Every place that was looked at. */
    readonly searched: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A file holds something other than CIFAR-10: damaged, truncated, of a wrong size, or of another kind. */
export class DamagedDataError extends Cifar10Error {
  constructor(
    message: string,
    /** The file or folder at fault. */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An archive holds an entry that has no business there: a path that leads out of it, a link, a device. */
export class UnsafeArchiveError extends Cifar10Error {
  constructor(
    message: string,
    readonly path: string,
    /** The name of the entry, as written in the archive. */
    readonly entry: string,
  ) {
    super(message);
  }
}

/** The download failed: no connection, a refusal of the server, or a transfer that broke off too often. */
export class DownloadError extends Cifar10Error {
  constructor(
    message: string,
    readonly url: string,
    /** HTTP status of the last answer, or `null` when there was none. */
    readonly status: number | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The server sent nothing for longer than the time-out allows. */
export class DownloadStalledError extends DownloadError {
  constructor(
    message: string,
    url: string,
    /** Milliseconds of silence after which the transfer was given up. */
    readonly stallTimeout: number,
    options?: ErrorOptions,
  ) {
    super(message, url, null, options);
  }
}

/** What was downloaded is not the published archive. */
export class ChecksumError extends Cifar10Error {
  constructor(
    message: string,
    readonly url: string,
    readonly expectedMd5: string,
    readonly actualMd5: string,
  ) {
    super(message);
  }
}

/** The caller's `signal` ended the work; what was downloaded so far is kept for the next try. */
export class AbortedError extends Cifar10Error {
  constructor(signal: AbortSignal) {
    super(
      'The data were not loaded: the caller stopped it. The next call takes up where it left off.',
      {
        cause: signal.reason,
      },
    );
  }
}

/** The data folder cannot be written: no space, no permission, or a lock that was lost. */
export class StorageError extends Cifar10Error {
  constructor(
    message: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @internal The code of a system error (`ENOENT`), or `undefined`. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
