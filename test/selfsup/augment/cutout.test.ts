import { cutout, InvalidArgumentError, RandomStream, tf } from 'selfsup';
import { expect, test } from 'vitest';
import { exampleImages, take } from './example-images';

test('paints one square, cut off at the border, its middle on every pixel equally often', () => {
  const [count, height, width, size] = [3000, 5, 6, 3];
  const white = tf.ones<tf.Rank.R4>([count, height, width, 1]);
  const images = take(cutout({ size, fill: 0 })(white, new RandomStream([1, 2])));
  white.dispose();
  /** Every possible picture, by the place of the square's middle. */
  const possible = new Map<string, number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const picture = Array.from({ length: height }, (_, i) =>
        Array.from({ length: width }, (_, j) => [
          Math.abs(i - y) <= 1 && Math.abs(j - x) <= 1 ? 0 : 1,
        ]),
      );
      possible.set(JSON.stringify(picture), 0);
    }
  }
  for (const image of images) {
    const key = JSON.stringify(image);
    expect(possible.has(key)).toBe(true);
    possible.set(key, (possible.get(key) ?? 0) + 1);
  }
  // 30 places, 100 expected in each; five standard deviations are 49.
  expect([...possible.values()].every((n) => Math.abs(n - 100) < 49)).toBe(true);
});

test('leaves the pixels outside exactly as they are and fills the square with the given value', () => {
  const images = exampleImages(20, 9);
  const source = images.arraySync().flat(3);
  const values = take(cutout({ size: 4, fill: 0.25 })(images, new RandomStream([1, 2]))).flat(3);
  expect(values.every((value, i) => value === source[i] || value === 0.25)).toBe(true);
  expect(values.filter((value) => value === 0.25).length).toBeGreaterThan(20 * 3 * 4);
  images.dispose();
});

test.each([{ size: 0 }, { size: -2 }, { size: 1.5 }, { fill: -0.1 }, { fill: 1.1 }])(
  'refuses %o',
  (options) => {
    expect(() => cutout(options)).toThrow(InvalidArgumentError);
  },
);
