import { SkipFile } from './skipped-file';

/** An uncompressed picture, `[height, width, 4]`: red, green, blue and opacity, 0 to 255. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** How the pixels are written, from the second half of the header. */
const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3, alphaBitFields: 6 } as const;

/** What the header of a BMP file says. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** The rows come from the top down; usually the lowest is the first. */
  readonly topDown: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** Where the table of colours begins, its entries, and the bytes of each. */
  readonly palette: { readonly start: number; readonly count: number; readonly stride: number };
  /** Which bits of a pixel of 16 or 32 bits are red, green, blue and opacity. */
  readonly masks: readonly [number, number, number, number];
}

/**
 * Reads the header of a Windows or OS/2 bitmap.
 *
 * @internal
 * @throws SkipFile when it is cut short or of no known kind.
 */
export function readBmpHeader(file: Buffer): BmpHeader {
  const damaged = (why: string) => new SkipFile('damaged', `cut short or damaged (${why})`);
  if (file.length < 26) throw damaged('no whole header');
  const offset = file.readUInt32LE(10);
  const headerSize = file.readUInt32LE(14);
  if (headerSize === 12) {
    const [width, height] = [file.readUInt16LE(18), file.readUInt16LE(20)];
    const bitsPerPixel = file.readUInt16LE(24);
    const count = bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0;
    const palette = { start: 26, count, stride: 3 };
    const [topDown, compression] = [false, COMPRESSION.none];
    const masks = defaultMasks(bitsPerPixel);
    return { width, height, topDown, bitsPerPixel, compression, offset, palette, masks };
  }
  if (headerSize < 40 || headerSize > 1024 || file.length < 14 + headerSize) {
    throw damaged('no whole header');
  }
  const [width, signedHeight] = [file.readInt32LE(18), file.readInt32LE(22)];
  const bitsPerPixel = file.readUInt16LE(28);
  const compression = file.readUInt32LE(30);
  const hasFields =
    compression === COMPRESSION.bitFields || compression === COMPRESSION.alphaBitFields;
  const alphaAfter = headerSize === 40 && compression === COMPRESSION.alphaBitFields;
  const fieldsAfter = headerSize === 40 && hasFields ? (alphaAfter ? 16 : 12) : 0;
  const start = 14 + headerSize + fieldsAfter;
  if (file.length < start) throw damaged('no whole header');
  const mask = (i: number) => file.readUInt32LE(54 + 4 * i);
  const alpha = headerSize >= 56 || alphaAfter ? 3 : null;
  const masks: BmpHeader['masks'] = hasFields
    ? [mask(0), mask(1), mask(2), alpha === null ? 0 : mask(alpha)]
    : defaultMasks(bitsPerPixel);
  const used = file.readUInt32LE(46);
  const most = bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0;
  const count = most === 0 ? 0 : Math.min(used || most, most);
  const height = Math.abs(signedHeight);
  const palette = { start, count, stride: 4 };
  const topDown = signedHeight < 0;
  return { width, height, topDown, bitsPerPixel, compression, offset, palette, masks };
}

function defaultMasks(bitsPerPixel: number): BmpHeader['masks'] {
  return bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

/**
 * Decodes a BMP file of 1, 4, 8, 16, 24 or 32 bits per pixel, run-length encoded or not. Nothing on npm did it right when
 * this was written: `bmp-ts` ends an image of four bits and odd width after its first row and misreads run lengths,
 * `fast-bmp` knows no palettes of 16 colours; TensorFlow takes the numbers of a palette for grey values.
 *
 * @internal
 * @throws SkipFile when the file is cut short, damaged, or of no known kind.
 * @see https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 */
export function decodeBmp(file: Buffer): RawPicture {
  const header = readBmpHeader(file);
  const { width, height, compression, bitsPerPixel } = header;
  const rgba = new Uint8Array(width * height * 4);
  const isRunLength =
    (compression === COMPRESSION.rle8 && bitsPerPixel === 8) ||
    (compression === COMPRESSION.rle4 && bitsPerPixel === 4);
  const isPlain =
    [1, 4, 8, 16, 24, 32].includes(bitsPerPixel) &&
    (compression === COMPRESSION.none ||
      ((bitsPerPixel === 16 || bitsPerPixel === 32) &&
        (compression === COMPRESSION.bitFields || compression === COMPRESSION.alphaBitFields)));
  if (isRunLength) decodeRunLengths(file, header, rgba);
  else if (isPlain) decodeRows(file, header, rgba);
  else {
    throw new SkipFile(
      'not-an-image',
      `a BMP file of a kind that is not read (${bitsPerPixel} bits, compression ${compression})`,
    );
  }
  return { width, height, rgba };
}

/** The colours of the table, red, green and blue; black where the file ends before them or has none of that number. */
function paletteOf(file: Buffer, { palette }: BmpHeader): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  for (let i = 0; i < palette.count; i++) {
    const at = palette.start + i * palette.stride;
    for (let c = 0; c < 3; c++) colours[i * 3 + c] = file[at + 2 - c] ?? 0;
  }
  return colours;
}

/** Where a row, counted from the beginning of the file, begins in the picture. */
function rowStart(row: number, { width, height, topDown }: BmpHeader): number {
  return (topDown ? row : height - 1 - row) * width * 4;
}

function decodeRows(file: Buffer, header: BmpHeader, rgba: Uint8Array): void {
  const { width, height, bitsPerPixel, offset } = header;
  const stride = Math.ceil((width * bitsPerPixel) / 32) * 4;
  // The last row's padding may be missing.
  if (offset + stride * (height - 1) + Math.ceil((width * bitsPerPixel) / 8) > file.length) {
    throw new SkipFile('damaged', 'cut short or damaged (fewer pixels than its header says)');
  }
  const writePixel = pixelWriter(file, header, rgba);
  for (let row = 0; row < height; row++) {
    const from = offset + row * stride;
    const to = rowStart(row, header);
    for (let x = 0; x < width; x++) writePixel(from, x, to + x * 4);
  }
}

/** The function that writes pixel `x` of the row that begins at byte `from` to place `to` of the picture. */
function pixelWriter(
  file: Buffer,
  header: BmpHeader,
  rgba: Uint8Array,
): (from: number, x: number, to: number) => void {
  const { bitsPerPixel, masks } = header;
  if (bitsPerPixel === 24) {
    return (from, x, to) => {
      for (let c = 0; c < 3; c++) rgba[to + c] = file[from + 3 * x + 2 - c] as number;
      rgba[to + 3] = 255;
    };
  }
  if (bitsPerPixel <= 8) {
    const colours = paletteOf(file, header);
    const perByte = 8 / bitsPerPixel;
    const most = 2 ** bitsPerPixel - 1;
    return (from, x, to) => {
      const byte = file[from + Math.floor(x / perByte)] as number;
      const number = (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & most;
      for (let c = 0; c < 3; c++) rgba[to + c] = colours[number * 3 + c] as number;
      rgba[to + 3] = 255;
    };
  }
  const fields = masks.map(fieldOf);
  const bytes = bitsPerPixel / 8;
  return (from, x, to) => {
    const value = file.readUIntLE(from + bytes * x, bytes);
    for (let c = 0; c < 4; c++) {
      const { shift, most } = fields[c] as { shift: number; most: number };
      const absent = c === 3 ? 255 : 0;
      rgba[to + c] = most === 0 ? absent : Math.round((((value >>> shift) & most) * 255) / most);
    }
  };
}

/** Where a colour's bits lie, and its greatest value. */
function fieldOf(mask: number): { shift: number; most: number } {
  if (mask === 0) return { shift: 0, most: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, most: mask >>> shift };
}

/** Run lengths: pairs of a count and a colour (two colours of four bits), escapes for rows, jumps and literal pixels. */
function decodeRunLengths(file: Buffer, header: BmpHeader, rgba: Uint8Array): void {
  const { width, height, bitsPerPixel, offset } = header;
  const colours = paletteOf(file, header);
  let [at, x, row] = [offset, 0, 0];
  const next = (): number => {
    const byte = file[at++];
    if (byte === undefined) {
      throw new SkipFile('damaged', 'cut short or damaged (its run lengths end early)');
    }
    return byte;
  };
  const write = (number: number): void => {
    if (x >= width || row >= height) return;
    const to = rowStart(row, header) + x++ * 4;
    for (let c = 0; c < 3; c++) rgba[to + c] = colours[number * 3 + c] as number;
    rgba[to + 3] = 255;
  };
  const part = (byte: number, i: number) =>
    bitsPerPixel === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15;
  while (row < height) {
    const [count, value] = [next(), next()];
    if (count > 0) {
      for (let i = 0; i < count; i++) write(part(value, i));
    } else if (value === 0) {
      [x, row] = [0, row + 1];
    } else if (value === 1) {
      return;
    } else if (value === 2) {
      [x, row] = [x + next(), row + next()];
    } else {
      let byte = 0;
      for (let i = 0; i < value; i++) {
        if (bitsPerPixel === 8 || i % 2 === 0) byte = next();
        write(part(byte, i));
      }
      // Literal pixels fill whole words.
      if ((bitsPerPixel === 8 ? value : Math.ceil(value / 2)) % 2 === 1) next();
    }
  }
}
