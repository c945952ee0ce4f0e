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
      bottom: top + h - 1,
      right: left + w - 1,
      area: (h * w) / height / width,
      ratio: w / h,
    };
  });
}

function bilinear(image: number[][][], y: number, x: number, channel: number): number {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [bottom, right] = [
    Math.min(top + 1, image.length - 1),
    Math.min(left + 1, (image[0] ?? []).length - 1),
  ];
  const value = (row: number, column: number) => at([image], 0, row, column, channel);
  const [fy, fx] = [y - top, x - left];
  return (
    (1 - fy) * ((1 - fx) * value(top, left) + fx * value(top, right)) +
    fy * ((1 - fx) * value(bottom, left) + fx * value(bottom, right))
  );
}

function sampleByHand(
  images: Pixels,
  windows: { top: number; left: number; bottom: number; right: number }[],
  size: number,
): Pixels {
  const between = (first: number, last: number, i: number) =>
    first + (i * (last - first)) / (size - 1);
  return windows.map(({ top, left, bottom, right }, n) =>
    Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (_, column) =>
        [0, 1, 2].map((channel) =>
          bilinear(
            images[n] ?? [],
            between(top, bottom, row),
            between(left, right, column),
            channel,
          ),
        ),
      ),
    ),
  );
}

describe.each([
  ['square', 12, 12],
  ['wide', 8, 14],
] as const)('on %s images', (_, height, width) => {
  test('equals bilinear sampling by hand', () => {
    const images = exampleImages(40, height, width);
    const crops = take(randomResizedCrop({ size: 6 })(images, new RandomStream([8, 9])));
    const windows = windowsByHand(
      [40, height, width],
      [0.2, 1],
      [3 / 4, 4 / 3],
      new RandomStream([8, 9]),
    );
    expect(largestDifference(crops, sampleByHand(images.arraySync(), windows, 6))).toBeLessThan(
      1e-3,
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
  expect(windows.every(({ bottom, right }) => bottom <= 31 + 1e-9 && right <= 31 + 1e-9)).toBe(
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
  expect(largestDifference(same, images.arraySync())).toBeLessThan(1e-3);
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
  expect(largestDifference(whole, images.arraySync())).toBeLessThan(1e-3);
  images.dispose();
});

test('samples windows smaller than a pixel as that pixel', () => {
  const images = exampleImages(20, 4);
  const crops = take(
    randomResizedCrop({ size: 3, scale: [0.001, 0.001] })(images, new RandomStream([1, 2])),
  );
  for (const crop of crops) {
    const spread = crop.flatMap((row) => row.map((pixel) => (pixel[0] ?? 0) - at([crop], 0, 0, 0)));
    expect(Math.max(...spread.map(Math.abs))).toBeLessThan(1e-5);
  }
  images.dispose();
});

test('resize keeps the middle of a share of the area', () => {
  const images = exampleImages(2, 8, 12);
  const pixels = images.arraySync();
  const whole = { top: 0, left: 0, bottom: 7, right: 11 };
  expect(
    largestDifference(take(resize({ size: 5 })(images)), sampleByHand(pixels, [whole, whole], 5)),
  ).toBeLessThan(1e-3);
  const quarter = { top: 2, left: 3, bottom: 5, right: 8 };
  expect(
    largestDifference(
      take(resize({ size: 5, scale: 0.25 })(images)),
      sampleByHand(pixels, [quarter, quarter], 5),
    ),
  ).toBeLessThan(1e-3);
  images.dispose();
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
