import { readBmpHeader } from './decode-bmp';
import { SkipFile } from './skipped-file';

/** The formats that are read. */
export type PictureKind = 'JPEG' | 'PNG' | 'GIF' | 'BMP';

/** What a picture's header says. */
export interface PictureHeader {
  readonly width: number;
  readonly height: number;
  /** It can only be decoded as a whole, in memory: a BMP or GIF file, a progressive JPEG, an interlaced PNG. */
  readonly isWhole: boolean;
}

/**
 * What the first 16 bytes of a file say it is; `null` for anything else.
 *
 * @internal
 */
export function pictureKind(head: Buffer): PictureKind | null {
  if (head.length < 16) return null;
  if (head.readUIntBE(0, 3) === 0xffd8ff) return 'JPEG';
  if (head.readBigUInt64BE(0) === 0x89504e470d0a1a0an) return 'PNG';
  if (/^GIF8[79]a/.test(head.toString('latin1', 0, 6))) return 'GIF';
  // A text may begin with BM as well; the four bytes after the length of a bitmap are 0.
  return head.toString('latin1', 0, 2) === 'BM' && head.readUInt32LE(6) === 0 ? 'BMP' : null;
}

/**
 * Reads width and height before anything is decoded, and so before memory is taken for what a header may say.
 *
 * @internal
 * @throws SkipFile when the header is cut short or damaged.
 */
export function readPictureHeader(kind: PictureKind, file: Buffer): PictureHeader {
  try {
    if (kind === 'BMP') return { ...readBmpHeader(file), isWhole: true };
    if (kind === 'JPEG') return readJpegHeader(file);
    if (kind === 'GIF') {
      return { width: file.readUInt16LE(6), height: file.readUInt16LE(8), isWhole: true };
    }
    const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
    return { width, height, isWhole: file[28] !== 0 };
  } catch (error) {
    if (error instanceof SkipFile) throw error;
    throw new SkipFile('damaged', 'cut short or damaged (no whole header)');
  }
}

/** Goes from segment to segment until the frame's, `FFC0` to `FFCF` without `C4`, `C8` and `CC`. */
function readJpegHeader(file: Buffer): PictureHeader {
  for (let at = 2; ; ) {
    // Fill bytes, FF, may stand before a marker.
    while (file.readUInt8(at) !== 0xff || file.readUInt8(at + 1) === 0xff) at++;
    const marker = file.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const [height, width] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)];
      return { width, height, isWhole: ![0xc0, 0xc1].includes(marker) };
    }
    const hasLength = marker !== 0x01 && (marker < 0xd0 || marker > 0xd8);
    at += 2 + (hasLength ? file.readUInt16BE(at + 2) : 0);
  }
}
