import { Header } from 'tar';

/** Formats that are read. */
export type ArchiveFormat = 'zip' | 'gzip' | 'tar';

const BLOCK = 512;

/** Whether these bytes begin with the head of a tar member, of any age: the first tars (v7) have no magic word. @internal */
export function beginsTar(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const block = Buffer.from(head.buffer, head.byteOffset, BLOCK);
  // The tar parser would unpack these once more, past every limit.
  if (isGzip(block) || block.readUInt32BE(0) === 0x28b52ffd) return false;
  const { cksumValid, path } = new Header(block);
  return cksumValid && path !== undefined && path !== '';
}

/** @internal */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

const ZIP = ['PK\x03\x04', 'PK\x05\x06'];
const OTHERS: readonly (readonly [what: string, magic: string])[] = [
  ['an xz file', '\xfd7zXZ\0'],
  ['a bzip2 file', 'BZh'],
  ['a Zstandard file', '\x28\xb5\x2f\xfd'],
  ['a 7-Zip archive', "7z\xbc\xaf'\x1c"],
  ['a RAR archive', 'Rar!'],
  ['a web page', '<'],
];

/** What a file is by its first 512 bytes, and in words where it is none that is read. @internal */
export function formatOf(head: Uint8Array): { format: ArchiveFormat | null; words: string } {
  const text = Buffer.from(head).toString('latin1');
  if (ZIP.some((magic) => text.startsWith(magic))) return { format: 'zip', words: 'a zip archive' };
  if (isGzip(head)) return { format: 'gzip', words: 'a gzip file' };
  // A damaged head still has its magic word; the reading will tell.
  if (text.slice(257, 262) === 'ustar' || beginsTar(head)) {
    return { format: 'tar', words: 'a tar archive' };
  }
  const words =
    head.length === 0
      ? 'an empty file'
      : (OTHERS.find(([, magic]) => text.trimStart().startsWith(magic))?.[0] ?? 'of another kind');
  return { format: null, words };
}
