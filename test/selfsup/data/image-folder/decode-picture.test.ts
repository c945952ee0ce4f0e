import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageFolderOptions, imageFolder, tf } from 'selfsup';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bmp, bmpOfRuns } from './bmp-files';
import { folderOf, numbered, png, pngOf } from './pictures';

type Options = Omit<ImageFolderOptions, 'dir'>;
const options = (more: Partial<Options> = {}): Options => ({ size: 8, cacheDir: null, ...more });

/** The pixels of the one picture, `[size, size, 3]`. */
async function pixelsOf(picture: Uint8Array, more: Partial<Options> = {}): Promise<number[]> {
  const data = await imageFolder({ dir: folderOf({ 'x.bin': picture }), ...options(more) });
  return [...data.train.pixels];
}

/** Why the picture is skipped, beside one that is not. */
async function skipOf(picture: Uint8Array, more: Partial<Options> = {}) {
  const dir = folderOf({ 'good.png': numbered(1), 'x.bin': picture });
  const { skipped, train } = await imageFolder({ dir, ...options(more) });
  expect(train.files).toEqual(['good.png']);
  expect(skipped).toHaveLength(1);
  return skipped[0] as (typeof skipped)[number];
}

const pixel = (pixels: number[], index: number) => pixels.slice(index * 3, index * 3 + 3);
const near = (values: number[], expected: number[], by: number) =>
  values.forEach((value, i) => {
    expect(
      Math.abs(value - (expected[i] as number)),
      `${values} and ${expected}`,
    ).toBeLessThanOrEqual(by);
  });
const raw = (width: number, height: number, value: (x: number, y: number) => number[]) =>
  sharp(
    Uint8Array.from(
      Array.from({ length: width * height }, (_, i) =>
        value(i % width, Math.floor(i / width)),
      ).flat(),
    ),
    { raw: { width, height, channels: 3 } },
  );

describe('colours', () => {
  it('of 8-bit PNG and BMP and of GIF come through unchanged', async () => {
    const value = (x: number, y: number, c: number) => (x * 31 + y * 17 + c * 80) % 256;
    const expected = Array.from({ length: 192 }, (_, i) =>
      value(Math.floor(i / 3) % 8, Math.floor(i / 24), i % 3),
    );
    expect(await pixelsOf(png({ width: 8, value }))).toEqual(expected);
    expect(await pixelsOf(bmp({ width: 8, height: 8, bits: 24, value }))).toEqual(expected);
    const gif = await raw(8, 8, (x, y) => [x < 4 ? 255 : 0, y < 4 ? 255 : 0, 0])
      .gif()
      .toBuffer();
    const pixels = await pixelsOf(gif);
    expect([0, 7, 63].map((i) => pixel(pixels, i))).toEqual([
      [255, 255, 0],
      [0, 255, 0],
      [0, 0, 0],
    ]);
  });

  it('of a CMYK JPEG become the nearest of sRGB', async () => {
    const cmyk = await raw(16, 16, (x) => (x < 8 ? [220, 30, 30] : [250, 250, 250]))
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const pixels = await pixelsOf(cmyk);
    near(pixel(pixels, 0), [220, 30, 30], 35);
    near(pixel(pixels, 7), [250, 250, 250], 10);
  });

  it.each([1, 3] as const)(
    'of a 16-bit PNG with %i channels lose their lower half',
    async (channels) => {
      const value = (x: number, y: number) => (x * 8000 + y * 1000) % 65_536;
      const pixels = await pixelsOf(png({ width: 8, channels, depth: 16, value }));
      for (let i = 0; i < 64; i++) {
        const expected = value(i % 8, Math.floor(i / 8)) / 257;
        near(pixel(pixels, i), [expected, expected, expected], 1);
      }
    },
  );

  it('of a grey picture are three equal ones', async () => {
    const pixels = await pixelsOf(png({ width: 8, channels: 1, value: (x) => x * 30 }));
    expect([0, 1, 7].map((i) => pixel(pixels, i))).toEqual([
      [0, 0, 0],
      [30, 30, 30],
      [210, 210, 210],
    ]);
    const jpeg = await raw(8, 8, () => [99, 99, 99])
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    near(pixel(await pixelsOf(jpeg), 0), [99, 99, 99], 2);
  });

  it.each([2, 4] as const)('shine through onto the background, %i channels', async (channels) => {
    const alpha = channels - 1;
    const value = (x: number, _y: number, c: number) => (c === alpha ? x * 36 : 0);
    const picture = png({ width: 8, channels, value });
    const onWhite = await pixelsOf(picture);
    near(pixel(onWhite, 0), [255, 255, 255], 0);
    near(pixel(onWhite, 7), [3, 3, 3], 2);
    near(pixel(onWhite, 3), [147, 147, 147], 2);
    near(pixel(await pixelsOf(picture, { background: '#ff0000' }), 0), [255, 0, 0], 0);
  });
});

describe('geometry', () => {
  it('shrinks with antialiasing: a checkerboard becomes grey, not black or white', async () => {
    const board = png({ width: 64, channels: 1, value: (x, y) => ((x + y) % 2) * 255 });
    for (const value of await pixelsOf(board)) expect(Math.abs(value - 128)).toBeLessThan(12);
    const jpeg = await sharp(board).jpeg({ quality: 100 }).toBuffer();
    for (const value of await pixelsOf(jpeg)) expect(Math.abs(value - 128)).toBeLessThan(12);
  });

  it('cuts off, fills up or changes proportions as asked', async () => {
    // Red, green and blue thirds of a strip.
    const value = (x: number, _y: number, c: number) => (Math.floor(x / 8) === c ? 255 : 0);
    const strip = png({ width: 24, height: 8, value });
    const middle = (pixels: number[]) => [0, 3, 7].map((x) => pixel(pixels, 4 * 8 + x));
    expect(middle(await pixelsOf(strip))).toEqual([
      [0, 255, 0],
      [0, 255, 0],
      [0, 255, 0],
    ]);
    const filled = middle(await pixelsOf(strip, { fit: 'fill' }));
    near(filled[0] as number[], [255, 0, 0], 40);
    near(filled[2] as number[], [0, 0, 255], 40);
    const contained = await pixelsOf(strip, { fit: 'contain', background: '#000000' });
    near(pixel(contained, 0), [0, 0, 0], 0);
    near(pixel(contained, 4 * 8), [255, 0, 0], 60);
  });

  it('turns photographs upright', async () => {
    const upright = raw(16, 16, (x) => (x < 8 ? [255, 0, 0] : [0, 0, 255]));
    const turned = await upright.withMetadata({ orientation: 3 }).jpeg({ quality: 100 }).toBuffer();
    const pixels = await pixelsOf(turned);
    near(pixel(pixels, 0), [0, 0, 255], 30);
    near(pixel(pixels, 7), [255, 0, 0], 30);
  });

  it('takes the first frame of an animation', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = [await frame('#ff0000'), await frame('#0000ff')];
    const animated = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(2);
    const pixels = await pixelsOf(animated);
    expect([pixel(pixels, 0), pixel(pixels, 63)]).toEqual([
      [255, 0, 0],
      [255, 0, 0],
    ]);
  });
});

describe('damage', () => {
  const photo = () => raw(64, 64, (x, y) => [(x * y) % 256, (x * 7) % 256, (y * 3) % 256]);

  it.each(['jpeg', 'png', 'gif'] as const)('%s: cut short anywhere is named', async (format) => {
    const whole = await photo()[format]().toBuffer();
    for (const share of [0.1, 0.3, 0.6, 0.9]) {
      const { reason, detail } = await skipOf(whole.subarray(0, Math.floor(whole.length * share)));
      expect(reason).toBe('damaged');
      // Decoders that fail at the same time share one buffer of messages, so some have none.
      expect(detail).toMatch(/^cut short or damaged( \(.+\))?$/);
      expect(detail).not.toMatch(/unknown|\n/i);
    }
  });

  it('what the decoder has no word for stays without one', async () => {
    const whole = await photo().ensureAlpha(0.5).png().toBuffer();
    for (let length = 40; length < whole.length; length += Math.ceil(whole.length / 40)) {
      const { detail } = await skipOf(whole.subarray(0, length));
      expect(detail).toMatch(/^cut short or damaged( \(.+\))?$/);
      expect(detail).not.toMatch(/unknown/i);
    }
  });

  it('a flipped byte of a PNG is noticed', async () => {
    const whole = await photo().png().toBuffer();
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] = (damaged[whole.length >> 1] as number) ^ 255;
    expect((await skipOf(damaged)).reason).toBe('damaged');
  });

  it('random bytes behind any signature are skipped, never thrown', async () => {
    const signatures = [
      [0xff, 0xd8, 0xff],
      [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
      [...Buffer.from('GIF89a')],
    ];
    const dir = folderOf({ 'good.png': numbered(1) });
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    };
    for (let i = 0; i < 90; i++) {
      const noise = Uint8Array.from({ length: 200 + i }, random);
      noise.set(signatures[i % 3] as number[]);
      writeFileSync(join(dir, `${i}.bin`), noise);
    }
    const data = await imageFolder({ dir, ...options() });
    expect(data.train.files).toEqual(['good.png']);
    expect(new Set(data.skipped.map(({ reason }) => reason)).has('unreadable')).toBe(false);
    expect(data.skipped).toHaveLength(90);
  });
});

describe('size', () => {
  /** The most memory of this process while it works, in MB above what it has now. */
  async function peakDuring(work: () => Promise<unknown>): Promise<number> {
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    await work();
    clearInterval(timer);
    return (Math.max(peak, process.memoryUsage().rss) - before) / 1e6;
  }

  it('12,000 × 12,000 pixels, 432 MB decoded, are read in a fraction of that', async () => {
    const file = await sharp({
      create: { width: 12_000, height: 12_000, channels: 3, background: '#336699' },
    })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const dir = folderOf({ 'huge.png': file });
    let pixels: Uint8Array = new Uint8Array();
    const peak = await peakDuring(async () => {
      pixels = (await imageFolder({ dir, ...options() })).train.pixels;
    });
    expect([...pixels.slice(0, 3)]).toEqual([0x33, 0x66, 0x99]);
    expect(peak).toBeLessThan(200);
  }, 120_000);

  it('of 300 pictures, 1,100 MB decoded, each is let go when it is resized', async () => {
    // One file under many names: what is measured is what was read, not what was written.
    const noise = Buffer.from(
      Array.from({ length: 1109 * 1109 * 3 }, (_, i) => (i * 2_654_435_761) >>> 24),
    );
    const raw = { width: 1109, height: 1109, channels: 3 } as const;
    const dir = folderOf({
      '0.png': await sharp(noise, { raw }).png({ compressionLevel: 0 }).toBuffer(),
    });
    for (let n = 1; n < 300; n++) linkSync(join(dir, '0.png'), join(dir, `${n}.png`));
    let duplicates = 0;
    const peak = await peakDuring(async () => {
      duplicates = (await imageFolder({ dir, ...options() })).duplicates.length;
    });
    expect(duplicates).toBe(299);
    expect(peak).toBeLessThan(300);
  }, 120_000);

  it('a header that says enormous is refused at once, in a sentence', async () => {
    const gif = Buffer.from(
      await raw(8, 8, () => [1, 2, 3])
        .gif()
        .toBuffer(),
    );
    gif.writeUInt16LE(65_535, 6);
    gif.writeUInt16LE(65_535, 8);
    const jpeg = Buffer.from(
      await raw(8, 8, () => [1, 2, 3])
        .jpeg()
        .toBuffer(),
    );
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65_535, frame + 5);
    jpeg.writeUInt16BE(65_535, frame + 7);
    const bitmap = bmp({ width: 8, height: 8, bits: 24, value: () => 0 });
    bitmap.writeInt32LE(2_000_000_000, 18);
    bitmap.writeInt32LE(-2_000_000_000, 22);
    const peak = await peakDuring(async () => {
      for (const [picture, detail] of [
        [pngOf(100_000, 100_000), /says 100,000 × 100,000 pixels; of a PNG at most 200,000,000/],
        [gif, /says 65,535 × 65,535 pixels; of a GIF at most 50,000,000/],
        [jpeg, /says 65,535 × 65,535 pixels; of a JPEG at most 200,000,000/],
        [bitmap, /says 2,000,000,000 × 2,000,000,000 pixels; of a BMP/],
      ] as const) {
        expect(await skipOf(picture)).toMatchObject({
          file: 'x.bin',
          reason: 'too-large',
          detail: expect.stringMatching(detail),
        });
      }
    });
    expect(peak).toBeLessThan(100);
  });

  it('what can only be decoded as a whole may have a quarter of the pixels', async () => {
    const [plain, interlaced] = [
      await raw(20, 20, () => [9, 9, 9])
        .png()
        .toBuffer(),
      await raw(20, 20, () => [9, 9, 9])
        .png({ progressive: true })
        .toBuffer(),
    ];
    expect(await pixelsOf(plain, { maxPixels: 400 })).toHaveLength(192);
    expect((await skipOf(plain, { maxPixels: 399 })).reason).toBe('too-large');
    expect((await skipOf(interlaced, { maxPixels: 1599 })).detail).toContain('interlaced PNG');
    expect(await pixelsOf(interlaced, { maxPixels: 1600 })).toHaveLength(192);
    const progressive = await raw(20, 20, () => [9, 9, 9])
      .jpeg({ progressive: true })
      .toBuffer();
    expect((await skipOf(progressive, { maxPixels: 1599 })).detail).toContain('progressive JPEG');
  });
});

describe('BMP', () => {
  const grid = (x: number, y: number, c: number) => (x * 20 + y * 30 + c * 40) % 256;

  it.each([
    [9, false],
    [8, true],
    [7, true],
  ])('of 24 bits, width %i, top down: %s, is what TensorFlow reads', async (width, topDown) => {
    const file = bmp({ width, height: 5, bits: 24, value: grid, topDown });
    const expected = [...tf.tidy(() => tf.node.decodeBmp(file, 3).dataSync())];
    const size = Math.max(width, 5);
    const pixels = await pixelsOf(file, { size, fit: 'contain' });
    const top = Math.floor((size - 5) / 2);
    expect(pixels.slice(top * size * 3, (top + 5) * size * 3)).toEqual(expected);
  });

  it.each([1, 4, 8] as const)('of %i bits looks its colours up, at any width', async (bits) => {
    const palette = Array.from({ length: 2 ** bits }, (_, i) => [i, 255 - i, (i * 7) % 256]);
    const index = (x: number, y: number) => (x * 3 + y * 5) % palette.length;
    for (const width of [5, 8]) {
      const file = bmp({ width, height: width, bits, value: index, palette });
      const expected = Array.from(
        { length: width * width },
        (_, i) => palette[index(i % width, Math.floor(i / width))] as number[],
      ).flat();
      expect(await pixelsOf(file, { size: width })).toEqual(expected);
    }
  });

  it('of 16 and 32 bits takes its colours from bit fields, and opacity where it has any', async () => {
    const five = bmp({ width: 8, height: 8, bits: 16, value: () => 0b1_11111_00000_10000 });
    near(pixel(await pixelsOf(five), 0), [255, 0, 132], 0);
    const masks = [0xf800, 0x07e0, 0x001f];
    const six = bmp({ width: 8, height: 8, bits: 16, masks, value: () => 0b11111_100000_00000 });
    near(pixel(await pixelsOf(six), 0), [255, 130, 0], 0);
    const plain = bmp({ width: 8, height: 8, bits: 32, value: () => 0x00_10_20_30 });
    near(pixel(await pixelsOf(plain), 0), [0x10, 0x20, 0x30], 0);
    const alpha = bmp({
      width: 8,
      height: 8,
      bits: 32,
      masks: [0xff, 0xff00, 0xff0000, 0xff000000],
      value: () => 0x80_00_00_00,
    });
    near(pixel(await pixelsOf(alpha), 0), [127, 127, 127], 1);
  });

  it('with run lengths: runs, literal pixels, jumps and ends of rows', async () => {
    const palette = [
      [0, 0, 0],
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ];
    // From the lowest row: four red; three literal (green, blue, green) and one red; a jump to the third pixel of the row
    // after the next, which is blue.
    const eight = [4, 1, 0, 0, 0, 3, 2, 3, 2, 0, 1, 1, 0, 0, 0, 2, 2, 1, 1, 3, 0, 1];
    const four = [4, 0x11, 0, 0, 0, 3, 0x23, 0x20, 1, 0x11, 0, 0, 0, 2, 2, 1, 1, 0x33, 0, 1];
    for (const [bits, runs] of [
      [8, eight],
      [4, four],
    ] as const) {
      const pixels = await pixelsOf(bmpOfRuns({ size: 4, bits, palette, runs }), {
        size: 4,
        background: '#000000',
      });
      const row = (y: number) => [0, 1, 2, 3].map((x) => pixel(pixels, y * 4 + x).indexOf(255));
      expect([row(3), row(2), row(0)]).toEqual([
        [0, 0, 0, 0],
        [1, 2, 1, 0],
        [-1, -1, 2, -1],
      ]);
    }
    const cut = bmpOfRuns({ size: 4, bits: 8, palette, runs: eight.slice(0, 7) });
    expect((await skipOf(cut)).reason).toBe('damaged');
  });

  it('cut short, or of a kind nobody writes, is named', async () => {
    const whole = bmp({ width: 8, height: 8, bits: 24, value: grid });
    for (const length of [20, 60, whole.length - 10]) {
      expect((await skipOf(whole.subarray(0, length))).reason).toBe('damaged');
    }
    const strange = Buffer.from(whole);
    strange.writeUInt32LE(4, 30);
    expect(await skipOf(strange)).toMatchObject({
      reason: 'not-an-image',
      detail: expect.stringContaining('24 bits, compression 4'),
    });
  });
});
