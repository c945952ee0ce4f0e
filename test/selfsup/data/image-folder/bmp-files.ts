export interface BmpOptions {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** Of 24 bits: a channel (0 red, 1 green, 2 blue). Of others: the whole pixel. */
  readonly value: (x: number, y: number, channel: number) => number;
  /** Red, green and blue of each colour. */
  readonly palette?: readonly (readonly number[])[];
  /** Bit fields of red, green, blue and, with a longer header, opacity. */
  readonly masks?: readonly number[];
  readonly topDown?: boolean;
}

/** A header of 40 bytes, or of 56 where there is a mask of opacity, and the palette after it. */
function header(
  { width, height, bits, palette = [], masks = [], topDown = false }: Omit<BmpOptions, 'value'>,
  compression: number,
): Buffer {
  const size = masks.length === 4 ? 56 : 40;
  const after = masks.length === 3 ? 12 : 0;
  const bytes = Buffer.alloc(14 + size + after + palette.length * 4);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 10);
  bytes.writeUInt32LE(size, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(topDown ? -height : height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  bytes.writeUInt32LE(palette.length, 46);
  for (const [i, mask] of masks.entries()) bytes.writeUInt32LE(mask, 54 + 4 * i);
  palette.forEach(([red = 0, green = 0, blue = 0], i) => {
    bytes.set([blue, green, red, 0], 14 + size + after + 4 * i);
  });
  return bytes;
}

/** A BMP file, uncompressed. */
export function bmp(options: BmpOptions): Buffer {
  const { width, height, bits, value, masks, topDown = false } = options;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const rows = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row++) {
    const y = topDown ? row : height - 1 - row;
    for (let x = 0; x < width; x++) {
      const at = row * stride;
      if (bits === 24) {
        for (let c = 0; c < 3; c++) rows[at + 3 * x + 2 - c] = value(x, y, c);
      } else if (bits >= 16) {
        rows.writeUIntLE(value(x, y, 0), at + (x * bits) / 8, bits / 8);
      } else {
        const byte = at + Math.floor((x * bits) / 8);
        rows[byte] = (rows[byte] as number) | (value(x, y, 0) << (8 - bits - ((x * bits) % 8)));
      }
    }
  }
  return Buffer.concat([header(options, masks ? 3 : 0), rows]);
}

/** A square BMP file whose pixels are these run lengths. */
export function bmpOfRuns({
  size,
  bits,
  palette,
  runs,
}: {
  readonly size: number;
  readonly bits: 4 | 8;
  readonly palette: readonly (readonly number[])[];
  readonly runs: readonly number[];
}): Buffer {
  const start = header({ width: size, height: size, bits, palette }, bits === 8 ? 1 : 2);
  return Buffer.concat([start, Buffer.from(runs)]);
}
