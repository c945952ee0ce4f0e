import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll } from 'vitest';

/** The checksum of a PNG chunk (Node 20 has none): CRC-32, bit by bit. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

export interface PngOptions {
  readonly width: number;
  readonly height?: number;
  /** The channels of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels?: 1 | 2 | 3 | 4;
  /** Bits of a channel. */
  readonly depth?: 8 | 16;
  /** The value of a channel. Default: something different everywhere. */
  readonly value?: (x: number, y: number, channel: number) => number;
}

/** A PNG file, written by hand: what is tested is not made by the library that reads it. */
export function png({
  width,
  height = width,
  channels = 3,
  depth = 8,
  value = (x, y, c) => (x * 31 + y * 17 + c * 80) % 256,
}: PngOptions): Buffer {
  const bytes = depth / 8;
  const stride = 1 + width * channels * bytes;
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        rows.writeUIntBE(value(x, y, c), y * stride + 1 + (x * channels + c) * bytes, bytes);
      }
    }
  }
  return pngOf(width, height, { depth, channels, data: deflateSync(rows, { level: 1 }) });
}

/** A PNG file whose header and data are as given, whether they fit or not. */
export function pngOf(
  width: number,
  height: number,
  {
    depth = 8,
    channels = 3,
    data = new Uint8Array(),
  }: { depth?: number; channels?: number; data?: Uint8Array } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = [0, 0, 4, 2, 6][channels] as number;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array())];
  return Buffer.concat([signature, ...chunks]);
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files, removed after the tests; content that is text stands for a PNG of its own. */
export function folderOf(files: Readonly<Record<string, Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'image-folder-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A small PNG that no other number has. */
export const numbered = (n: number, width = 8): Buffer =>
  png({ width, value: (x, y, c) => (x * 31 + y * 17 + c * 80 + ((n >> (8 * c)) & 255)) % 256 });
