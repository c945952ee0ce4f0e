import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { AbortedError, ChecksumError, InvalidOptionError } from './errors';

/** A file as its publisher describes it. At least one digest is needed: a download without one cannot be checked. */
export interface PublishedFile {
  /** `http:` or `https:`. */
  readonly url: string;
  /** 32 hexadecimal digits. */
  readonly md5?: string;
  /** 64 hexadecimal digits. */
  readonly sha256?: string;
  /** In bytes. Where it is given, a transfer that goes beyond it is ended at once. */
  readonly size?: number;
}

const DIGITS = { md5: 32, sha256: 64 } as const;
type Algorithm = keyof typeof DIGITS;

function algorithmsOf(file: PublishedFile): Algorithm[] {
  return (['sha256', 'md5'] as const).filter((algorithm) => file[algorithm] !== undefined);
}

/** @internal @throws InvalidOptionError when the description cannot be used. */
export function checkPublishedFile(file: PublishedFile): void {
  const protocol = URL.canParse(file.url) ? new URL(file.url).protocol : null;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new InvalidOptionError('url', `url is "${file.url}"; expected an http or https address.`);
  }
  const algorithms = algorithmsOf(file);
  if (algorithms.length === 0) {
    throw new InvalidOptionError(
      'sha256',
      `${file.url}: neither sha256 nor md5 is given. Give the digest that the publisher tells.`,
    );
  }
  for (const algorithm of algorithms) {
    const digest = file[algorithm] as string;
    if (digest.length === DIGITS[algorithm] && /^[0-9a-f]+$/i.test(digest)) continue;
    throw new InvalidOptionError(
      algorithm,
      `${algorithm} is "${digest}"; expected ${DIGITS[algorithm]} hexadecimal digits.`,
    );
  }
  if (file.size !== undefined && !(Number.isSafeInteger(file.size) && file.size >= 0)) {
    throw new InvalidOptionError('size', `size is ${file.size}; expected a number of bytes.`);
  }
}

async function looksLikeWebPage(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*<(!doctype html|html)/i.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/**
 * Reads the file once and compares every digest that is published.
 *
 * @internal
 * @throws ChecksumError when one differs; AbortedError.
 */
export async function verifyFile(
  path: string,
  file: PublishedFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hashes = algorithmsOf(file).map((algorithm) => ({
    algorithm,
    hash: createHash(algorithm),
  }));
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    if (signal?.aborted) throw new AbortedError(signal);
    for (const { hash } of hashes) hash.update(chunk as Buffer);
  }
  for (const { algorithm, hash } of hashes) {
    const actual = hash.digest('hex');
    const expected = (file[algorithm] as string).toLowerCase();
    if (actual === expected) continue;
    const name = algorithm === 'md5' ? 'MD5' : 'SHA-256';
    const portal = (await looksLikeWebPage(path))
      ? ' It is a web page: a network that asks for a log-in answers like that.'
      : '';
    throw new ChecksumError({
      problem: `${file.url} was downloaded, but is not the published file: its ${name} is ${actual}, expected ${expected}.${portal}`,
      advice:
        'It was deleted. Try again later; if it happens again, a proxy or the server changes the file.',
      url: file.url,
      path,
      algorithm,
      expected,
      actual,
    });
  }
}
