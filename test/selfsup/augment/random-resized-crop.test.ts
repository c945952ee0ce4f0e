import { InvalidArgumentError, RandomStream, randomResizedCrop, resize, tf } from 'selfsup';
import { describe, expect, test } from 'vitest';
import { at, exampleImages, largestDifference, type Pixels, take } from './example-images';

/** The same draws, in the same order, as the augmentation makes; the windows follow from the documented formulas. */
function windowsByHand(
  [count, height, width]: [number, number, number],
  scale: [number, number],
  ratio: [number, number],
  random: RandomStream,
) {
  const [areas, logRatios, verticals, horizontals] = [
    random.uniform([count], ...scale),
    random.uniform([count], Math.log(ratio[0]), Math.log(ratio[1])),
    random.uniform([count]),
    random.uniform([count]),
  ].map((tensor) => {
    const values = [...tensor.dataSync()];
    tensor.dispose();
    return values;
  }) as [number[], number[], number[], number[]];
  return areas.map((area, i) => {
    const drawn = Math.exp(logRatios[i] as number);
    const fitting = Math.min(Math.max(drawn, (area * width) / height), width / height / area);
    const h = Math.sqrt((area * height * width) / fitting);
    const w = Math.sqrt(area * height * width * fitting);
    const top = (verticals[i] as number) * (height - h);
    const left = (horizontals[i] as number) * (width - w);
    return {
      top,
      left,
      bottom: top + h,
      right: left + w,
      area: (h * w) / height / width,
      ratio: w / h,
    };
  });
}

interface Window {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** The share of each of `pixels` pixels in each of `points` points, as documented: a triangle as wide as the shrinkage. */
function sharesByHand(start: number, end: number, points: number, pixels: number): number[][] {
  const part = (end - start) / points;
  return Array.from({ length: points }, (_, i) => {
    const centre = start + (i + 0.5) * part;
    const weights = Array.from({ length: pixels }, (_, j) => {
      const inside = Math.max(0, Math.min(j + 1, end) - Math.max(j, start));
      return inside * Math.max(0, 1 - Math.abs(j + 0.5 - centre) / Math.max(part, 1));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}

/** Each value as a double sum over the pixels. Windows are in pixels from the image's edge. */
function resizeByHand(images: Pixels, windows: Window[], size: number): Pixels {
  return windows.map(({ top, left, bottom, right }, n) => {
    const [height, width] = [images[n]?.length ?? 0, images[n]?.[0]?.length ?? 0];
    const [rows, columns] = [
      sharesByHand(top, bottom, size, height),
      sharesByHand(left, right, size, width),
    ];
    return rows.map((ofRow) =>
      columns.map((ofColumn) =>
        [0, 1, 2].map((channel) => {
          let sum = 0;
          ofRow.forEach((down, y) => {
            ofColumn.forEach((across, x) => {
              sum += down * across * at(images, n, y, x, channel);
            });
          });
          return sum;
        }),
      ),
    );
  });
}

describe.each([
  ['square', 12, 12],
  ['wide', 8, 14],
] as const)('on %s images', (_, height, width) => {
  test.each([4, 6, 16])('equals the weighted means by hand, to %i pixels', (size) => {
    const images = exampleImages(40, height, width);
    const crops = take(randomResizedCrop({ size })(images, new RandomStream([8, 9])));
    const windows = windowsByHand(
      [40, height, width],
      [0.2, 1],
      [3 / 4, 4 / 3],
      new RandomStream([8, 9]),
    );
    // A window's place is rounded to float32 pixels, a few 1e-6 of a pixel on either side.
    expect(largestDifference(crops, resizeByHand(images.arraySync(), windows, size))).toBeLessThan(
      1e-5,
    );
    images.dispose();
  });
});

test('draws the whole range of areas, ratios and places, and no window leaves the image', () => {
  const windows = windowsByHand([4000, 32, 32], [0.2, 1], [3 / 4, 4 / 3], new RandomStream([1, 2]));
  const mean = windows.reduce((sum, { area }) => sum + area, 0) / windows.length;
  expect(mean).toBeCloseTo(0.6, 1);
  expect(Math.min(...windows.map(({ area }) => area))).toBeLessThan(0.21);
  expect(Math.min(...windows.map(({ ratio }) => ratio))).toBeLessThan(0.77);
  expect(windows.every(({ top, left }) => top >= -1e-9 && left >= -1e-9)).toBe(true);
  expect(windows.every(({ bottom, right }) => bottom <= 32 + 1e-9 && right <= 32 + 1e-9)).toBe(
    true,
  );
  // A white image stays white to the last pixel: nothing is sampled from beyond the border.
  const white = tf.ones<tf.Rank.R4>([4000, 32, 32, 1]);
  const crops = randomResizedCrop()(white, new RandomStream([1, 2]));
  expect(crops.min().dataSync()[0]).toBeCloseTo(1, 6);
  tf.dispose([white, crops]);
});

test('with scale 1 and ratio 1 is a resize, and of the same size the image itself', () => {
  const images = exampleImages(3, 9);
  const options = { scale: [1, 1], ratio: [1, 1] } as const;
  const same = take(randomResizedCrop({ size: 9, ...options })(images, new RandomStream([1, 2])));
  expect(largestDifference(same, images.arraySync())).toBeLessThan(1e-6);
  const smaller = take(
    randomResizedCrop({ size: 5, ...options })(images, new RandomStream([1, 2])),
  );
  expect(largestDifference(smaller, take(resize({ size: 5 })(images)))).toBeLessThan(1e-5);
  images.dispose();
});

test('keeps the area where the ratio does not fit', () => {
  const windows = windowsByHand([50, 10, 10], [1, 1], [3 / 4, 4 / 3], new RandomStream([1, 2]));
  expect(
    windows.every(({ area, ratio }) => Math.abs(area - 1) < 1e-9 && Math.abs(ratio - 1) < 1e-9),
  ).toBe(true);
  const images = exampleImages(50, 10);
  const whole = take(
    randomResizedCrop({ size: 10, scale: [1, 1] })(images, new RandomStream([1, 2])),
  );
  expect(largestDifference(whole, images.arraySync())).toBeLessThan(1e-5);
  images.dispose();
});

test('makes windows smaller than a pixel a pixel high and wide', () => {
  const images = exampleImages(20, 4);
  const random = new RandomStream([1, 2]);
  const crops = take(randomResizedCrop({ size: 3, scale: [0.001, 0.001] })(images, random));
  const again = new RandomStream([1, 2]);
  const [, , verticals, horizontals] = [0, 1, 2, 3].map(() => {
    const draw = again.uniform([20]);
    const values = [...draw.dataSync()];
    draw.dispose();
    return values.map((value) => 3 * value);
  }) as [number[], number[], number[], number[]];
  const windows = verticals.map((top, i) => {
    const left = horizontals[i] as number;
    return { top, left, bottom: top + 1, right: left + 1 };
  });
  expect(largestDifference(crops, resizeByHand(images.arraySync(), windows, 3))).toBeLessThan(1e-5);
  images.dispose();
});

test('resize keeps the middle of a share of the area', () => {
  const images = exampleImages(2, 8, 12);
  const pixels = images.arraySync();
  const whole = { top: 0, left: 0, bottom: 8, right: 12 };
  const quarter = { top: 2, left: 3, bottom: 6, right: 9 };
  for (const size of [1, 3, 5, 9, 20]) {
    expect(
      largestDifference(take(resize({ size })(images)), resizeByHand(pixels, [whole, whole], size)),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(
        take(resize({ size, scale: 0.25 })(images)),
        resizeByHand(pixels, [quarter, quarter], size),
      ),
    ).toBeLessThan(1e-6);
  }
  images.dispose();
});

test("to the image's own size, resize changes nothing, to the last bit", () => {
  for (const size of [1, 2, 24, 33]) {
    const images = exampleImages(2, size);
    expect(take(resize({ size })(images))).toEqual(images.arraySync());
    images.dispose();
  }
});

test('where it shrinks, no pixel is skipped', () => {
  // A board of black and white pixels: at a quarter of its size a grey, where sampling would find black or white.
  const board = tf.tidy(() => {
    const index = tf.range(0, 32);
    return index
      .reshape([1, 32, 1, 1])
      .add(index.reshape([1, 1, 32, 1]))
      .mod(2) as tf.Tensor4D;
  });
  const middle = take(resize({ size: 8 })(board)).map((image) =>
    image.slice(1, -1).map((row) => row.slice(1, -1)),
  );
  for (const value of middle.flat(3)) expect(value).toBeCloseTo(0.5, 6);
  board.dispose();
});

test('its gradient is the transposed weights', () => {
  const images = exampleImages(1, 6);
  const shrink = resize({ size: 4 });
  const upstream = exampleImages(1, 4);
  const gradient = tf.grad((x) => tf.sum(tf.mul(shrink(x as tf.Tensor4D), upstream)))(images);
  const delta = tf.randomNormal<tf.Rank.R4>([1, 6, 6, 3], 0, 1, 'float32', 3);
  const ofGradient = tf.sum(tf.mul(gradient, delta)).dataSync()[0] as number;
  const ofImages = tf.sum(tf.mul(shrink(delta), upstream)).dataSync()[0] as number;
  expect(ofGradient).toBeCloseTo(ofImages, 4);
  tf.dispose([images, upstream, gradient, delta]);
});

test.each([
  { scale: [-0.1, 1] },
  { scale: [0.5, 0.2] },
  { scale: [0.5, 1.1] },
  { scale: [Number.NaN, 1] },
  { ratio: [0, 1] },
  { ratio: [2, 1] },
  { ratio: [1, Number.POSITIVE_INFINITY] },
  { size: 0 },
] as const)('refuses %o', (options) => {
  expect(() => randomResizedCrop(options)).toThrow(InvalidArgumentError);
});

test.each([{ scale: 0 }, { scale: 1.5 }, { size: 1.5 }])('resize refuses %o', (options) => {
  expect(() => resize(options)).toThrow(InvalidArgumentError);
});
