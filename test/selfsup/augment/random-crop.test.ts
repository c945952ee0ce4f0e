import { centerCrop, InvalidArgumentError, RandomStream, randomCrop, tf } from 'selfsup';
import { expect, test } from 'vitest';
import { at, exampleImages, largestDifference, repeatedImage, take } from './example-images';

/** An image that says where its pixels come from: channel 0 is the row, channel 1 the column, over 100. */
function coordinates(count: number, height: number, width: number): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.range(0, height).div(100).reshape([1, height, 1, 1]).tile([count, 1, width, 1]);
    const columns = tf
      .range(0, width)
      .div(100)
      .reshape([1, 1, width, 1])
      .tile([count, height, 1, 1]);
    return tf.concat([rows, columns], 3) as tf.Tensor4D;
  });
}

test('copies the pixels of one window exactly, every place of it equally often', () => {
  const count = 2000;
  const images = coordinates(count, 9, 7);
  const source = images.slice([0], [1]).arraySync();
  const crops = take(randomCrop({ size: 5 })(images, new RandomStream([1, 2])));
  images.dispose();
  const seen = new Map<string, number>();
  crops.forEach((crop) => {
    const top = Math.round(at([crop], 0, 0, 0, 0) * 100);
    const left = Math.round(at([crop], 0, 0, 0, 1) * 100);
    const expected = source[0]?.slice(top, top + 5).map((row) => row.slice(left, left + 5));
    expect(crop).toEqual(expected);
    seen.set(`${top},${left}`, (seen.get(`${top},${left}`) ?? 0) + 1);
  });
  // 5 × 3 places, 133 expected in each; five standard deviations are 56.
  expect(seen.size).toBe(15);
  expect([...seen.values()].every((n) => Math.abs(n - count / 15) < 56)).toBe(true);
});

test("of the image's own size is the image", () => {
  const images = exampleImages(3, 8);
  expect(take(randomCrop({ size: 8 })(images, new RandomStream([1, 2])))).toEqual(
    images.arraySync(),
  );
  images.dispose();
});

test('cuts single pixels, also out of a single pixel', () => {
  const images = coordinates(200, 3, 4);
  const pixels = take(randomCrop({ size: 1 })(images, new RandomStream([1, 2])));
  expect(new Set(pixels.map((image) => JSON.stringify(image))).size).toBe(12);
  const one = exampleImages(2, 1);
  expect(take(randomCrop({ size: 1 })(one, new RandomStream([1, 2])))).toEqual(one.arraySync());
  tf.dispose([images, one]);
});

test('with padding reaches beyond the border, where it is black, every place equally often', () => {
  const count = 3000;
  const padding = 2;
  const images = coordinates(count, 4, 3);
  const padded = tf
    .pad4d(images.slice([0], [1]), [
      [0, 0],
      [padding, padding],
      [padding, padding],
      [0, 0],
    ])
    .arraySync()[0] as number[][][];
  const crops = take(randomCrop({ size: 4, padding })(images, new RandomStream([1, 2])));
  const places = new Map<string, number>();
  for (let top = 0; top <= 4; top++) {
    for (let left = 0; left <= 3; left++) {
      const window = padded.slice(top, top + 4).map((row) => row.slice(left, left + 4));
      places.set(JSON.stringify(window), 0);
    }
  }
  // 5 × 4 places, all different, 150 crops expected in each; five standard deviations are 60.
  expect(places.size).toBe(20);
  for (const crop of crops) {
    const window = JSON.stringify(crop);
    expect(places.has(window)).toBe(true);
    places.set(window, (places.get(window) as number) + 1);
  }
  expect([...places.values()].every((n) => Math.abs(n - count / 20) < 60)).toBe(true);
  images.dispose();
});

test('makes images larger than they are with padding, and refuses padding that makes no sense', () => {
  const images = exampleImages(2, 4);
  expect(randomCrop({ size: 6, padding: 1 })(images, new RandomStream([1, 2])).shape).toEqual([
    2, 6, 6, 3,
  ]);
  expect(() => randomCrop({ size: 7, padding: 1 })(images, new RandomStream([1, 2]))).toThrow(
    /7×7 pixels of images of 6×6/,
  );
  for (const padding of [-1, 0.5, Number.NaN]) {
    expect(() => randomCrop({ padding })).toThrow(/randomCrop: padding is .*whole number/);
  }
  images.dispose();
});

test.each([0, -3, 2.5, Number.NaN])('refuses size %s', (size) => {
  expect(() => randomCrop({ size })).toThrow(InvalidArgumentError);
  expect(() => centerCrop({ size })).toThrow(InvalidArgumentError);
});

test('refuses a crop larger than the image and says what fits', () => {
  const images = exampleImages(2, 10, 12);
  expect(() => randomCrop({ size: 11 })(images, new RandomStream([1, 2]))).toThrow(
    /11×11 pixels of images of 10×12.*at most 10/s,
  );
  expect(() => centerCrop({ size: 11 })(images)).toThrow(InvalidArgumentError);
  images.dispose();
});

test('centerCrop copies the middle', () => {
  const images = coordinates(1, 9, 8);
  const crop = take(centerCrop({ size: 4 })(images));
  expect(at(crop, 0, 0, 0, 0)).toBeCloseTo(0.02, 6);
  expect(at(crop, 0, 0, 0, 1)).toBeCloseTo(0.02, 6);
  expect(at(crop, 0, 3, 3, 1)).toBeCloseTo(0.05, 6);
  images.dispose();
});

test.each([
  [7, 4, 2],
  [9, 4, 2],
  [10, 5, 2],
  [32, 31, 0],
  [32, 29, 2],
  [8, 8, 0],
])('centerCrop of %i pixels to %i begins at %i, half rounded to even', (extent, size, first) => {
  const images = coordinates(1, extent, extent);
  const crop = take(centerCrop({ size })(images));
  expect(Math.round(at(crop, 0, 0, 0, 0) * 100)).toBe(first);
  expect(Math.round(at(crop, 0, 0, 0, 1) * 100)).toBe(first);
  images.dispose();
});

test('leaves the default size at 24 pixels', () => {
  const images = repeatedImage(2, 32);
  const random = randomCrop()(images, new RandomStream([1, 2]));
  const center = centerCrop()(images);
  expect(random.shape).toEqual([2, 24, 24, 3]);
  expect(largestDifference(take(center), take(images.slice([0, 4, 4, 0], [2, 24, 24, 3])))).toBe(0);
  tf.dispose([images, random]);
});
