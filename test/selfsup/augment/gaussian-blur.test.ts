import { gaussianBlur, InvalidArgumentError, RandomStream, tf } from 'selfsup';
import { expect, test } from 'vitest';
import { at, exampleImages, largestDifference, type Pixels, take } from './example-images';

/** The blur as a double sum over the whole image, weights renormalised: no separation into rows and columns. */
function blurByHand(pixels: Pixels, sigmas: number[]): Pixels {
  return pixels.map((image, n) => {
    const sigma = sigmas[n] ?? Number.NaN;
    return image.map((row, y) =>
      row.map((pixel, x) =>
        pixel.map((_, channel) => {
          let [sum, total] = [0, 0];
          for (let i = 0; i < image.length; i++) {
            for (let j = 0; j < row.length; j++) {
              const weight = Math.exp(-((i - y) ** 2 + (j - x) ** 2) / (2 * sigma ** 2));
              sum += weight * at([image], 0, i, j, channel);
              total += weight;
            }
          }
          return sum / total;
        }),
      ),
    );
  });
}

test('equals the double sum, with a width of its own for each image', () => {
  const images = exampleImages(5, 6, 7);
  const blurred = take(gaussianBlur({ sigma: [0.3, 2] })(images, new RandomStream([1, 2])));
  const draws = new RandomStream([1, 2]).uniform([5], 0.3, 2);
  const sigmas = [...draws.dataSync()];
  expect(new Set(sigmas).size).toBe(5);
  expect(largestDifference(blurred, blurByHand(images.arraySync(), sigmas))).toBeLessThan(1e-5);
  tf.dispose([images, draws]);
});

test('of width 0 changes nothing', () => {
  const images = exampleImages(3, 5);
  const blurred = take(gaussianBlur({ sigma: [0, 0] })(images, new RandomStream([1, 2])));
  expect(largestDifference(blurred, images.arraySync())).toBeLessThan(1e-6);
  images.dispose();
});

test('does not darken the border', () => {
  const white = tf.ones<tf.Rank.R4>([2, 6, 6, 3]);
  const blurred = gaussianBlur({ sigma: [2, 2] })(white, new RandomStream([1, 2]));
  expect(blurred.min().dataSync()[0]).toBeCloseTo(1, 5);
  tf.dispose([white, blurred]);
});

test.each([
  [-1, 1],
  [2, 1],
  [0, Number.POSITIVE_INFINITY],
] as const)('refuses sigma [%s, %s]', (...sigma) => {
  expect(() => gaussianBlur({ sigma })).toThrow(InvalidArgumentError);
});
