import {
  colorHistogramShortcut,
  colorHistograms,
  InvalidArgumentError,
  RandomStream,
  randomCrop,
  simClrAugmentation,
  tf,
  twoViews,
} from 'selfsup';
import { describe, expect, test } from 'vitest';

/** Images of two colours of their own each, mixed at random, so that their histograms tell them apart. */
function colouredImages(count: number): tf.Tensor4D {
  return tf.tidy(() => {
    const colour = (seed: number) => tf.randomUniform([count, 1, 1, 3], 0, 1, 'float32', seed);
    const share = tf.randomUniform([count, 32, 32, 1], 0, 1, 'float32', 3).greater(0.5).toFloat();
    return colour(1)
      .mul(share)
      .add(colour(2).mul(tf.sub(1, share))) as tf.Tensor4D;
  });
}

/** The definition, written out with loops. */
function shortcutByHand(view1: tf.Tensor4D, view2: tf.Tensor4D, bins: number): number {
  const histograms = (view: tf.Tensor4D) =>
    view.arraySync().map((image) => {
      const cells = new Map<string, number>();
      const pixels = image.flat();
      for (const pixel of pixels) {
        const cell = pixel.map((value) => Math.min(Math.floor(value * bins), bins - 1)).join();
        cells.set(cell, (cells.get(cell) ?? 0) + 1 / pixels.length);
      }
      return cells;
    });
  const [first, second] = [histograms(view1), histograms(view2)];
  const shares = first.map((h, i) => {
    const similarity = second.map((g) =>
      [...h].reduce((sum, [cell, share]) => sum + Math.sqrt(share * (g.get(cell) ?? 0)), 0),
    );
    const best = Math.max(...similarity) - 1e-6;
    const nearest = similarity.flatMap((value, j) => (value >= best ? [j] : []));
    return nearest.includes(i) ? 1 / nearest.length : 0;
  });
  return shares.reduce((sum, value) => sum + value, 0) / shares.length;
}

describe('colorHistogramShortcut', () => {
  test.each([2, 4, 8])('with %i bins equals the definition written out', (bins) => {
    const images = tf.randomUniform([24, 4, 4, 3], 0, 1, 'float32', 5) as tf.Tensor4D;
    const noisy = tf.tidy(
      () =>
        images
          .add(tf.randomUniform(images.shape, -0.1, 0.1, 'float32', 6))
          .clipByValue(0, 1) as tf.Tensor4D,
    );
    const share = colorHistogramShortcut(images, noisy, { bins });
    expect(share).toBeCloseTo(shortcutByHand(images, noisy, bins), 6);
    expect(share).toBeGreaterThan(1 / 24);
    tf.dispose([images, noisy]);
  });

  test('is 1 for equal views of images that differ in colour, and 1/N where all look alike', () => {
    const images = colouredImages(32);
    const white = tf.ones<tf.Rank.R4>([32, 4, 4, 3]);
    expect(colorHistogramShortcut(images, images)).toBeCloseTo(1, 6);
    expect(colorHistogramShortcut(white, white)).toBeCloseTo(1 / 32, 6);
    tf.dispose([images, white]);
  });

  test('falls from crops alone to strong augmentation, and takes views of different sizes', () => {
    const images = colouredImages(64);
    const share = (views: ReturnType<typeof twoViews>) => {
      const [view1, view2] = views(images, new RandomStream([1, 2]));
      const value = colorHistogramShortcut(view1, view2);
      tf.dispose([view1, view2]);
      return value;
    };
    const crops = share(twoViews(randomCrop({ size: 24 }), randomCrop({ size: 20 })));
    expect(crops).toBeGreaterThan(0.95);
    expect(share(twoViews(simClrAugmentation()))).toBeLessThan(0.5);
    images.dispose();
  });

  test('keeps no tensor', () => {
    const images = colouredImages(8);
    colorHistogramShortcut(images, images);
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) colorHistogramShortcut(images, images);
    expect(tf.memory().numTensors).toBe(tensors);
    images.dispose();
  });

  test('refuses batches that are no pairs, and bins that are none', () => {
    const images = colouredImages(4);
    const fewer = colouredImages(3);
    const grey = tf.zeros<tf.Rank.R4>([4, 8, 8, 1]);
    expect(() => colorHistogramShortcut(images, fewer)).toThrow(
      /\[4, 32, 32, 3\] and \[3, 32, 32, 3\]/,
    );
    expect(() => colorHistogramShortcut(images, grey)).toThrow(InvalidArgumentError);
    expect(() => colorHistogramShortcut(images, images, { bins: 1 })).toThrow(InvalidArgumentError);
    tf.dispose([images, fewer, grey]);
  });

  test('compares the histograms that it is given', () => {
    const images = colouredImages(6);
    const alike = (given: tf.Tensor4D, bins: number) =>
      tf.fill<tf.Rank.R2>([given.shape[0], bins ** 3], 1 / bins ** 3);
    expect(colorHistogramShortcut(images, images, { histograms: colorHistograms })).toBeCloseTo(
      1,
      6,
    );
    expect(colorHistogramShortcut(images, images, { histograms: alike })).toBeCloseTo(1 / 6, 5);
  });
});
