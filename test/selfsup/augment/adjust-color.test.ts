import {
  adjustColor,
  type ColorAdjustment,
  colorJitter,
  InvalidArgumentError,
  RandomStream,
  randomBrightness,
  randomContrast,
  randomGreyscale,
  randomHue,
  randomSaturation,
  tf,
} from 'selfsup';
import { describe, expect, test } from 'vitest';
import {
  at,
  exampleImages,
  largestDifference,
  type Pixels,
  repeatedImage,
  take,
} from './example-images';

type Pixel = [number, number, number];
const clip = (value: number) => Math.min(Math.max(value, 0), 1);
const grey = ([r, g, b]: Pixel) => 0.299 * r + 0.587 * g + 0.114 * b;

/** Rotates the hue by going to television's Y, I, Q and back, the way the textbooks do. */
function rotateHue(pixel: Pixel, turns: number): Pixel {
  const [r, , b] = pixel;
  const y = grey(pixel);
  const [u, v] = [0.492 * (b - y), 0.877 * (r - y)];
  // I and Q are u and v turned by 33 degrees.
  const [sin33, cos33] = [Math.sin((33 * Math.PI) / 180), Math.cos((33 * Math.PI) / 180)];
  const [i, q] = [v * cos33 - u * sin33, v * sin33 + u * cos33];
  const [sin, cos] = [Math.sin(2 * Math.PI * turns), Math.cos(2 * Math.PI * turns)];
  const [i2, q2] = [i * cos + q * sin, q * cos - i * sin];
  const [u2, v2] = [q2 * cos33 - i2 * sin33, q2 * sin33 + i2 * cos33];
  const [r2, b2] = [y + v2 / 0.877, y + u2 / 0.492];
  return [r2, (y - 0.299 * r2 - 0.114 * b2) / 0.587, b2];
}

/** The four changes one after the other, each as its own definition says, clipped at the end. */
function adjustByHand(
  pixels: Pixels,
  { brightness = 1, contrast = 1, saturation = 1, hue = 0, shift = 0 }: Record<string, number>,
): Pixels {
  return pixels.map((image) => {
    const coloured = image.map((row) =>
      row.map((pixel) => {
        const turned = rotateHue(pixel as Pixel, hue);
        const y = grey(turned);
        return turned.map((value) => saturation * value + (1 - saturation) * y) as Pixel;
      }),
    );
    const greys = coloured.flat().map(grey);
    const mean = greys.reduce((sum, value) => sum + value, 0) / greys.length;
    return coloured.map((row) =>
      row.map((pixel) =>
        pixel.map((value) => clip((contrast * value + (1 - contrast) * mean) * brightness + shift)),
      ),
    );
  });
}

describe('adjustColor', () => {
  test.each([
    { brightness: 0.7 },
    { brightness: 1.6 },
    { contrast: 0 },
    { contrast: 1.4 },
    { saturation: 0 },
    { saturation: 1.5 },
    { hue: 0.1 },
    { hue: -0.25 },
    { hue: 1 / 3 },
    { shift: 0.2 },
    { shift: -0.4 },
    { brightness: 0.9, contrast: 1.3, saturation: 0.6, hue: 0.07, shift: 0.05 },
  ])(
    '%o equals the definitions applied one after the other',
    (adjustment: Record<string, number>) => {
      const images = exampleImages(3, 4, 5);
      const expected = adjustByHand(images.arraySync(), adjustment);
      expect(largestDifference(take(adjustColor(images, adjustment)), expected)).toBeLessThan(1e-5);
      images.dispose();
    },
  );

  test('takes one value for each image', () => {
    const images = exampleImages(3, 4);
    const pixels = images.arraySync();
    const saturation = tf.tensor1d([0, 0.5, 1]);
    const contrast = tf.tensor1d([1, 0.5, 1.2]);
    const adjusted = take(adjustColor(images, { saturation, contrast }));
    const one = (i: number, options: Record<string, number>) =>
      adjustByHand([pixels[i] ?? []], options)[0] ?? [];
    const expected = [
      one(0, { saturation: 0, contrast: 1 }),
      one(1, { saturation: 0.5, contrast: 0.5 }),
      one(2, { saturation: 1, contrast: 1.2 }),
    ];
    expect(largestDifference(adjusted, expected)).toBeLessThan(1e-5);
    tf.dispose([images, saturation, contrast]);
  });

  test('changes nothing when asked for nothing, and a full turn of the hue changes nothing', () => {
    const images = exampleImages(3, 4);
    expect(largestDifference(take(adjustColor(images, {})), images.arraySync())).toBeLessThan(1e-6);
    expect(
      largestDifference(take(adjustColor(images, { hue: 1 })), images.arraySync()),
    ).toBeLessThan(1e-5);
    images.dispose();
  });

  test('gives the same in any order while nothing is clipped', () => {
    const images = tf.tidy(() => exampleImages(3, 4).mul(0.2).add(0.4) as tf.Tensor4D);
    const steps: ColorAdjustment[] = [
      { brightness: 0.9 },
      { contrast: 0.8 },
      { saturation: 1.2 },
      { hue: 0.1 },
    ];
    const inTurn = (order: ColorAdjustment[]): Pixels =>
      take(tf.tidy(() => order.reduce((x, step) => adjustColor(x, step), images)));
    const together = take(adjustColor(images, Object.assign({}, ...steps)));
    expect(largestDifference(inTurn(steps), together)).toBeLessThan(1e-5);
    expect(largestDifference(inTurn([...steps].reverse()), together)).toBeLessThan(1e-5);
    images.dispose();
  });

  test('turns red towards green by a third of a turn', () => {
    const red = tf.tensor4d([0.6, 0.2, 0.2], [1, 1, 1, 3]);
    const [[[[r, g, b]]]] = take(adjustColor(red, { hue: 1 / 3 })) as [[[Pixel]]];
    expect(g).toBeGreaterThan(r);
    expect(g).toBeGreaterThan(b);
    red.dispose();
  });

  test('refuses a tensor that is not one value for each image', () => {
    const images = exampleImages(3, 4);
    const hue = tf.tensor1d([0.1, 0.2]);
    expect(() => adjustColor(images, { hue })).toThrow(InvalidArgumentError);
    expect(() => adjustColor(images, { hue })).toThrow(/hue of shape \[2\].*\[3\]/s);
    tf.dispose([images, hue]);
  });
});

/** A mid-grey and slightly coloured pixel, far from clipping, repeated: the draws can be read off it. */
function onePixel(count: number): tf.Tensor4D {
  return tf.tidy(() =>
    tf.tensor4d([0.5, 0.45, 0.4], [1, 1, 1, 3]).tile<tf.Tensor4D>([count, 1, 1, 1]),
  );
}

/** Smallest, mean and largest value. */
function statistics(values: number[]): [number, number, number] {
  return [
    Math.min(...values),
    values.reduce((sum, value) => sum + value, 0) / values.length,
    Math.max(...values),
  ];
}

function expectUniform(values: number[], minimum: number, maximum: number): void {
  const [low, mean, high] = statistics(values);
  const width = maximum - minimum;
  expect(low).toBeGreaterThan(minimum - 1e-4);
  expect(low).toBeLessThan(minimum + 0.02 * width);
  expect(high).toBeLessThan(maximum + 1e-4);
  expect(high).toBeGreaterThan(maximum - 0.02 * width);
  expect(Math.abs(mean - (minimum + maximum) / 2)).toBeLessThan(0.04 * width);
}

describe('the draws are uniform in their range, one for each image', () => {
  const count = 2000;
  const start: Pixel = [0.5, 0.45, 0.4];

  test('randomBrightness: what is added', () => {
    const images = onePixel(count);
    const result = take(randomBrightness({ delta: 0.2 })(images, new RandomStream([1, 2])));
    expectUniform(
      result.map((image) => at([image], 0, 0, 0) - start[0]),
      -0.2,
      0.2,
    );
    images.dispose();
  });

  test('randomSaturation: the factor of the distance from grey', () => {
    const images = onePixel(count);
    const result = take(randomSaturation()(images, new RandomStream([1, 2])));
    expectUniform(
      result.map((image) => (at([image], 0, 0, 0) - grey(start)) / (start[0] - grey(start))),
      0.8,
      1.2,
    );
    images.dispose();
  });

  test('randomContrast: the factor of the distance from the mean', () => {
    const images = tf.tidy(() =>
      tf.tensor4d([0.4, 0.6], [1, 1, 2, 1]).tile<tf.Tensor4D>([count, 1, 1, 3]),
    );
    const result = take(randomContrast()(images, new RandomStream([1, 2])));
    expectUniform(
      result.map((image) => (at([image], 0, 0, 1) - at([image], 0, 0, 0)) / 0.2),
      0.6,
      1.4,
    );
    images.dispose();
  });

  test('randomHue: the angle', () => {
    const images = onePixel(count);
    const result = take(randomHue({ delta: 0.1 })(images, new RandomStream([1, 2])));
    const angle = ([r, g, b]: Pixel) => {
      const y = grey([r, g, b]);
      return Math.atan2(0.877 * (r - y), 0.492 * (b - y)) / 2 / Math.PI;
    };
    expectUniform(
      result.map((image) => angle(image[0]?.[0] as Pixel) - angle(start)),
      -0.1,
      0.1,
    );
    images.dispose();
  });

  test('randomGreyscale: a fifth of the images, and those are grey', () => {
    const images = onePixel(count);
    const result = take(randomGreyscale()(images, new RandomStream([1, 2])));
    const greyed = result.filter(
      (image) => Math.abs(at([image], 0, 0, 0) - at([image], 0, 0, 0, 2)) < 1e-6,
    );
    for (const image of greyed) expect(at([image], 0, 0, 0, 1)).toBeCloseTo(grey(start), 5);
    // Five standard deviations of 2000 tosses are 89.
    expect(Math.abs(greyed.length - count / 5)).toBeLessThan(89);
    images.dispose();
  });
});

describe('colorJitter', () => {
  test('jitters the given share of the images and leaves the others as they are', () => {
    const images = repeatedImage(1000, 2);
    const source = images.arraySync();
    const result = take(colorJitter({ probability: 0.8 })(images, new RandomStream([1, 2])));
    const untouched = result.filter(
      (image) => largestDifference([image], [source[0] ?? []]) < 1e-6,
    );
    // Five standard deviations of 1000 tosses are 63.
    expect(Math.abs(untouched.length - 200)).toBeLessThan(63);
    images.dispose();
  });

  test('with strength 0 or probability 0 changes nothing', () => {
    const images = exampleImages(8, 4);
    for (const options of [{ strength: 0 }, { probability: 0 }]) {
      const result = take(colorJitter(options)(images, new RandomStream([1, 2])));
      expect(largestDifference(result, images.arraySync())).toBeLessThan(1e-6);
    }
    images.dispose();
  });

  test('sets amounts one by one', () => {
    const images = onePixel(500);
    const jitter = colorJitter({ strength: 0, brightness: 0.3, probability: 1 });
    const result = take(jitter(images, new RandomStream([1, 2])));
    expectUniform(
      result.map((image) => at([image], 0, 0, 0) / 0.5),
      0.7,
      1.3,
    );
    expect(
      result.every(
        (image) => Math.abs(at([image], 0, 0, 0, 2) / at([image], 0, 0, 0) - 0.8) < 1e-4,
      ),
    ).toBe(true);
    images.dispose();
  });

  test('greys the given share, also of the images it does not jitter', () => {
    const images = onePixel(50);
    const result = take(
      colorJitter({ probability: 0.5, greyProbability: 1 })(images, new RandomStream([1, 2])),
    );
    expect(
      result.every((image) => Math.abs(at([image], 0, 0, 0) - at([image], 0, 0, 0, 2)) < 1e-5),
    ).toBe(true);
    images.dispose();
  });

  test.each([
    { strength: -0.1 },
    { strength: 1.2 },
    { hue: 0.6 },
    { probability: 2 },
    { greyProbability: -1 },
  ])('refuses %o', (options) => {
    expect(() => colorJitter(options)).toThrow(InvalidArgumentError);
  });
});

test.each([
  ['randomBrightness of a negative delta', () => randomBrightness({ delta: -0.1 })],
  ['randomBrightness of a delta beyond 1', () => randomBrightness({ delta: 2 })],
  ['randomContrast of a negative factor', () => randomContrast({ range: [-0.5, 1] })],
  ['randomContrast of a reversed range', () => randomContrast({ range: [1.4, 0.6] })],
  [
    'randomSaturation without limit',
    () => randomSaturation({ range: [0.5, Number.POSITIVE_INFINITY] }),
  ],
  ['randomHue of more than half a turn', () => randomHue({ delta: 0.7 })],
  ['randomGreyscale of a negative probability', () => randomGreyscale({ probability: -0.2 })],
])('refuses %s', (_, make) => {
  expect(make).toThrow(InvalidArgumentError);
});
