import type { IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { type Dispatcher, stream } from 'undici';
import { AbortedError, DownloadError, errorCode, VerifiedDownloadError } from './errors';
import type { FileVersion, PartFile } from './part-file';
import { retryAfterMilliseconds } from './retry-after';

export interface TransferOptions {
  readonly url: string;
  readonly agent: Dispatcher;
  readonly userAgent: string;
  readonly stallTimeout: number;
  /** Bytes per second, on average over `stallTimeout`. */
  readonly minimumSpeed: number;
  /** The size that the file must have, where it is published. */
  readonly size: number | undefined;
  readonly maximumSize: number;
  readonly signal: AbortSignal | undefined;
  readonly report: (done: number, total: number | null) => void;
}

const TIMEOUT_CODES: readonly string[] = [
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];

/** First byte and whole length in `Content-Range: bytes 100-199/200`. */
function contentRange(header: unknown): { start: number; total: number | null } | null {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(header ?? ''));
  if (match === null) return null;
  return { start: Number(match[1]), total: match[2] === '*' ? null : Number(match[2]) };
}

function text(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}

function strongTag(header: string | null): string | null {
  return header?.startsWith('"') ? header : null;
}

/** Asks for the rest of the same version, so that a file that has changed meanwhile is sent from its start. */
function rangeHeaders(part: PartFile, url: string): Record<string, string> {
  if (part.size === 0) return {};
  const range = `bytes=${part.size}-`;
  const { version } = part;
  const validator = version?.url === url ? (version.etag ?? version.lastModified) : null;
  return validator === null ? { range } : { range, 'if-range': validator };
}

/** What differs between the version at hand and the one that answers, or `null`. */
function changed(before: FileVersion | null, now: FileVersion): string | null {
  if (before === null || before.url !== now.url) return null;
  for (const [name, field] of [
    ['ETag', 'etag'],
    ['Last-Modified', 'lastModified'],
    ['size', 'total'],
  ] as const) {
    const [a, b] = [before[field], now[field]];
    if (a !== null && b !== null && a !== b) return `${name} ${a}, now ${b}`;
  }
  return null;
}

function refuseStatus(status: number, headers: IncomingHttpHeaders, url: string): DownloadError {
  return new DownloadError({
    reason: 'status',
    problem: `${url} answered HTTP ${status}.`,
    url,
    status,
    retryAfter: retryAfterMilliseconds(headers['retry-after']),
  });
}

/**
 * Holds the head of an answer against what was asked for, and readies the part for its body.
 *
 * @returns the size of the whole file, or `null`.
 * @throws DownloadError when the body is of no use.
 */
function accept(
  part: PartFile,
  status: number,
  headers: IncomingHttpHeaders,
  { url, size, maximumSize }: TransferOptions,
): number | null {
  const range = status === 206 ? contentRange(headers['content-range']) : null;
  // 416: the part is as long as the file or longer, and was not accepted; so it is wrong.
  if (status === 416) part.restart();
  if (status !== 200 && status !== 206) throw refuseStatus(status, headers, url);
  const misplaced = (problem: string): DownloadError => {
    part.restart();
    return new DownloadError({ reason: 'range', problem, url, status });
  };
  if (status === 206 && range?.start !== part.size) {
    throw misplaced(
      `${url} sent the range "${headers['content-range']}" when asked for bytes from ${part.size} on.`,
    );
  }
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const begun = status === 206 ? part.size : 0;
  const total = range?.total ?? (length === null ? null : begun + length);
  const version: FileVersion = {
    url,
    etag: strongTag(text(headers.etag)),
    lastModified: text(headers['last-modified']),
    total,
  };
  const change = status === 206 ? changed(part.version, version) : null;
  if (change !== null) throw misplaced(`${url} has changed since its first part came (${change}).`);
  if (total !== null && total > (size ?? maximumSize)) {
    throw tooLarge(url, total, size, maximumSize);
  }
  // A server that ignores Range, or has another version, answers 200 and starts over.
  if (status === 200 && part.size > 0) part.restart();
  part.remember(version);
  return total;
}

function tooLarge(
  url: string,
  bytes: number,
  size: number | undefined,
  maximumSize: number,
): DownloadError {
  const allowed = size === undefined ? `at most ${maximumSize}` : `${size}`;
  return new DownloadError({
    reason: 'too-large',
    problem: `${url} sends ${bytes} bytes or more; the published file has ${allowed}.`,
    url,
  });
}

function explain(error: unknown, { url, stallTimeout }: TransferOptions): VerifiedDownloadError {
  if (error instanceof VerifiedDownloadError) return error;
  const code = errorCode(error) ?? '';
  if (TIMEOUT_CODES.includes(code)) {
    const problem = `${url} sent nothing for ${stallTimeout / 1000} s.`;
    return new DownloadError({ reason: 'stalled', problem, url, cause: error });
  }
  const { message } = error as Error;
  const problem = `${url} could not be fetched (${message || code}).`;
  return new DownloadError({ reason: 'connection', problem, url, cause: error });
}

/** Ends a transfer that is slower than the least speed; `stop` is called with the error. */
function watchSpeed(
  { url, stallTimeout, minimumSpeed }: TransferOptions,
  bytes: () => number,
  stop: (error: DownloadError) => void,
): NodeJS.Timeout {
  let before = bytes();
  return setInterval(() => {
    const came = bytes() - before;
    before = bytes();
    const seconds = stallTimeout / 1000;
    if (came >= minimumSpeed * seconds) return;
    stop(
      new DownloadError({
        reason: came <= 0 ? 'stalled' : 'slow',
        problem: `${url} sent ${came <= 0 ? 'nothing' : `${came} bytes`} for ${seconds} s${
          came <= 0 ? '' : `, less than ${minimumSpeed} a second`
        }.`,
        url,
      }),
    );
  }, stallTimeout);
}

/**
 * One try: asks for what `part` does not hold yet and appends it.
 *
 * @internal
 * @throws DownloadError, StorageError, AbortedError
 */
export async function transfer(part: PartFile, options: TransferOptions): Promise<void> {
  const { url, agent, userAgent, stallTimeout, size, maximumSize, signal, report } = options;
  if (signal?.aborted) throw new AbortedError(signal);
  const ended = new AbortController();
  const forward = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  let received = 0;
  let total: number | null = null;
  const watch = watchSpeed(
    options,
    () => received,
    (error) => ended.abort(error),
  );
  const write = (chunk: Buffer): void => {
    received += chunk.length;
    if (part.size + chunk.length > (size ?? maximumSize)) {
      const bytes = part.size + chunk.length;
      part.restart();
      throw tooLarge(url, bytes, size, maximumSize);
    }
    part.append(chunk);
    report(part.size, total);
  };
  try {
    await stream(
      url,
      {
        dispatcher: agent,
        method: 'GET',
        maxRedirections: 5,
        // The watch above is the one that ends a silent transfer of the body: it sees the redirects as well.
        headersTimeout: stallTimeout,
        bodyTimeout: stallTimeout,
        signal: ended.signal,
        headers: { 'user-agent': userAgent, ...rangeHeaders(part, url) },
      },
      ({ statusCode, headers }) => {
        total = accept(part, statusCode, headers, options);
        report(part.size, total);
        return new Writable({
          // Never full: undici must not be made to wait, see PartFile.
          highWaterMark: Number.MAX_SAFE_INTEGER,
          write(chunk: Buffer, _encoding, done) {
            try {
              write(chunk);
              done();
            } catch (error) {
              done(error as Error);
            }
          },
        });
      },
    );
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(signal);
    throw explain(ended.signal.aborted ? ended.signal.reason : error, options);
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', forward);
  }
  const whole = size ?? total;
  if (whole !== null && part.size < whole) {
    // Without a length, a connection that breaks off looks like the end of the body.
    throw new DownloadError({
      reason: 'connection',
      problem: `${url} ended after ${part.size} of ${whole} bytes.`,
      url,
    });
  }
}
