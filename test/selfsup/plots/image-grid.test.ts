import { InvalidArgumentError, imageGrid, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { complaintsAbout, drawn } from './drawn-figure';

const texts = { title: 'Views', description: 'Four views of one image.' };

/** Two images of 2 × 2 pixels: red, green, blue, black; and all grey. */
const COLOURS = [
  [
    [
      [1, 0, 0],
      [0, 1, 0],
    ],
    [
      [0, 0, 1],
      [0, 0, 0],
    ],
  ],
  [
    [
      [0.5, 0.5, 0.5],
      [0.5, 0.5, 0.5],
    ],
    [
      [0.5, 0.5, 0.5],
      [0.5, 0.5, 0.5],
    ],
  ],
];

describe('imageGrid', () => {
  it('enlarges each pixel to a square, without smoothing', async () => {
    const images = tf.tensor4d(COLOURS);
    const png = await drawn(await imageGrid(images, { ...texts, scale: 10, columns: 2 }));
    images.dispose();
    const count = (colour: number[]) => {
      let found = 0;
      for (let y = 0; y < png.pixelHeight; y++) {
        for (let x = 0; x < png.pixelWidth; x++)
          found += Number(png.pixel(x, y).join() === colour.join());
      }
      return found;
    };
    for (const colour of [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ])
      expect(count(colour)).toBe(100);
    expect(count([128, 128, 128])).toBeGreaterThanOrEqual(400);
  });

  it('gives one picture for floats in [0, 1], integers to 255 and bytes', async () => {
    const floats = tf.tensor4d(COLOURS);
    const integers = tf.tidy(() =>
      tf.cast(floats.mul<tf.Tensor4D>(255).round<tf.Tensor4D>(), 'int32'),
    );
    const bytes = { pixels: Uint8Array.from(integers.dataSync()), imageShape: [2, 2, 3] as const };
    const pictures = await Promise.all(
      [floats, integers, bytes].map(
        async (images) => (await (await imageGrid(images, texts)).png()).bytes,
      ),
    );
    tf.dispose([floats, integers]);
    expect(pictures[1]).toEqual(pictures[0]);
    expect(pictures[2]).toEqual(pictures[0]);
  });

  it('shows images of one channel in grey', async () => {
    const images = tf.fill([3, 4, 4, 1], 0.2) as tf.Tensor4D;
    const { colours } = await drawn(await imageGrid(images, texts));
    images.dispose();
    expect(colours).toContain('51,51,51');
  });

  it('makes room for labels and captions', async () => {
    const images = tf.zeros<tf.Rank.R4>([4, 8, 8, 3]);
    const plain = await drawn(await imageGrid(images, { ...texts, columns: 2, scale: 4 }));
    const labelled = await drawn(
      await imageGrid(images, {
        ...texts,
        columns: 2,
        scale: 4,
        rowLabels: ['cat', 'tipper truck'],
        columnLabels: ['crop', 'flip'],
        captions: ['a', 'b', 'c', 'd <&>'],
      }),
    );
    images.dispose();
    expect(labelled.width).toBeGreaterThan(plain.width + 50);
    expect(labelled.height).toBeGreaterThan(plain.height + 40);
  });

  it('stays below a notebook’s width with its row labels, too', async () => {
    const images = tf.zeros<tf.Rank.R4>([8, 24, 24, 3]);
    const plain = await drawn(await imageGrid(images, texts));
    const rowLabels = ['the view that the network is given, in training'];
    const labelled = await drawn(await imageGrid(images, { ...texts, rowLabels }));
    images.dispose();
    expect(plain.width).toBeGreaterThan(780);
    for (const { width } of [plain, labelled]) expect(width).toBeLessThanOrEqual(820);
  });

  it.each([
    // A cell is 66 pixels wide; an "i" 3.06, a "W" 10.88, and "…" 11.
    ['iiiiiiiiiiiiiiiiiiii', [56, 62]],
    ['iiiiiiiiiiiiiiiiiiiiiiiiiiii', [56, 66]],
    ['WWWWWWWWWW', [56, 66]],
  ])('cuts a caption only where it does not fit: %s', async (caption, [least, most]) => {
    const images = tf.ones<tf.Rank.R4>([1, 64, 64, 3]);
    const grid = await imageGrid(images, { ...texts, scale: 1, captions: [caption] });
    images.dispose();
    const { width, height, pixel } = await drawn(grid);
    const inked = Array.from({ length: width }, (_, x) => x).filter((x) =>
      Array.from({ length: 14 }, (_, y) => pixel(x, height - 16 + y)).some(
        ([red = 0]) => red < 160,
      ),
    );
    const inkWidth = Number(inked.at(-1)) - Number(inked[0]);
    expect(inkWidth).toBeGreaterThanOrEqual(least as number);
    expect(inkWidth).toBeLessThanOrEqual(most as number);
  });

  it('carries its text alternative in a specification Vega-Lite accepts', async () => {
    const figure = await imageGrid({ pixels: new Uint8Array(12), imageShape: [2, 2, 3] }, texts);
    expect(complaintsAbout(figure)).toEqual([]);
    expect(figure.spec.description).toBe('Views. Four views of one image.');
  });

  it('keeps no tensor and leaves the images alone', async () => {
    const images = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
    const before = tf.memory().numTensors;
    await (await imageGrid(images, texts)).png();
    expect(tf.memory().numTensors).toBe(before);
    expect(images.isDisposed).toBe(false);
    images.dispose();
  });

  it.each([
    ['a single image', () => tf.zeros([2, 2, 3]), {}, /shape \[2,2,3\].*expandDims\(0\)/],
    ['four channels', () => tf.zeros([1, 2, 2, 4]), {}, /one or three channels/],
    ['no image', () => ({ pixels: new Uint8Array(0), imageShape: [2, 2, 3] }), {}, /0 numbers/],
    [
      'half an image',
      () => ({ pixels: new Uint8Array(18), imageShape: [2, 2, 3] }),
      {},
      /18 bytes/,
    ],
    [
      'too few captions',
      () => tf.zeros([2, 2, 2, 3]),
      { captions: ['a'] },
      /needs 2 captions and was given 1/,
    ],
    ['a scale between pixels', () => tf.zeros([2, 2, 2, 3]), { scale: 1.5 }, /scale 1.5/],
    ['no description', () => tf.zeros([2, 2, 2, 3]), { description: '' }, /description is empty/],
  ])('refuses %s', async (_, make, options, message) => {
    const images = make() as tf.Tensor4D;
    const refused = await imageGrid(images, { ...texts, ...options }).catch(
      (error: Error) => error,
    );
    expect(refused).toBeInstanceOf(InvalidArgumentError);
    expect((refused as Error).message).toMatch(message);
    if (images instanceof tf.Tensor) images.dispose();
  });
});
