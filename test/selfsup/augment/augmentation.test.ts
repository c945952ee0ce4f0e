import {
  type Augmentation,
  centerCrop,
  colorJitter,
  compose,
  cutout,
  gaussianBlur,
  gaussianNoise,
  InvalidArgumentError,
  RandomStream,
  randomApply,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomGreyscale,
  randomHorizontalFlip,
  randomHue,
  randomResizedCrop,
  randomSaturation,
  resize,
  simClrAugmentation,
  tf,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, test } from 'vitest';
import {
  countDifferent,
  exampleImages,
  largestDifference,
  repeatedImage,
  take,
} from './example-images';

const COLOUR: Record<string, Augmentation> = {
  randomBrightness: randomBrightness(),
  randomContrast: randomContrast(),
  randomSaturation: randomSaturation(),
  randomHue: randomHue(),
  randomGreyscale: randomGreyscale({ probability: 0.5 }),
  colorJitter: colorJitter(),
  'compose of two': compose(randomHorizontalFlip(), randomHue()),
  simClrAugmentation: simClrAugmentation({ size: 8, blurProbability: 0.5 }),
};
const ANY_CHANNELS: Record<string, Augmentation> = {
  randomCrop: randomCrop({ size: 8 }),
  'randomCrop with padding': randomCrop({ size: 12, padding: 2 }),
  randomResizedCrop: randomResizedCrop({ size: 8 }),
  randomHorizontalFlip: randomHorizontalFlip(),
  gaussianBlur: gaussianBlur(),
  gaussianNoise: gaussianNoise(),
  cutout: cutout({ size: 4 }),
  randomApply: randomApply(gaussianNoise()),
};
const FIXED: Record<string, Augmentation> = {
  centerCrop: centerCrop({ size: 8 }),
  resize: resize({ size: 8 }),
  'compose of none': compose(),
};

describe.each(Object.entries({ ...COLOUR, ...ANY_CHANNELS }))('%s', (_, augment) => {
  test('gives each image draws of its own', () => {
    const images = repeatedImage(12, 12);
    expect(countDifferent(take(augment(images, new RandomStream([1, 2]))))).toBeGreaterThan(1);
    images.dispose();
  });

  test('gives equal results for equal seeds and others for another, also when the seed is a tensor', () => {
    const images = exampleImages(12, 12);
    const seed = tf.tensor1d([3, 4], 'int32');
    const first = take(augment(images, new RandomStream([3, 4])));
    expect(take(augment(images, new RandomStream(seed)))).toEqual(first);
    expect(take(augment(images, new RandomStream([3, 5])))).not.toEqual(first);
    tf.dispose([images, seed]);
  });
});

describe.each(Object.entries({ ...COLOUR, ...ANY_CHANNELS, ...FIXED }))('%s', (_, augment) => {
  test('stays in [0, 1], without NaN, on bright, dark and mixed images', () => {
    const images = tf.tidy(
      () =>
        tf.concat([
          exampleImages(4, 12),
          tf.zeros([2, 12, 12, 3]),
          tf.ones([2, 12, 12, 3]),
        ]) as tf.Tensor4D,
    );
    const values = take(augment(images, new RandomStream([5, 6]))).flat(3);
    // A mean of white pixels is white up to rounding. NaN is neither at least 0 nor at most 1.
    const rounding = 1e-6;
    const outside = values.filter((value) => !(value >= -rounding && value <= 1 + rounding));
    expect(outside, 'values outside of [0, 1]').toEqual([]);
    images.dispose();
  });

  test('compiles, to what it is eagerly, for every seed and for another size of batch', () => {
    const compiled = compile(
      (images: tf.Tensor4D, seed: tf.Tensor1D) => augment(images, new RandomStream(seed)),
      { name: 'the augmentation' },
    );
    for (const count of [5, 2]) {
      const images = exampleImages(count, 12);
      // The first call is eager; from the second on the results are those of the graph.
      for (let call = 0; call < 5; call++) {
        const seed = tf.tensor1d([call, 7], 'int32');
        const eager = take(augment(images, new RandomStream([call, 7])));
        expect(largestDifference(take(compiled(images, seed)), eager)).toBeLessThan(1e-5);
        seed.dispose();
      }
      images.dispose();
    }
    expect(compiled.graphs).toHaveLength(2);
    compiled.dispose();
  });

  test('leaves its input alone and keeps no tensor', () => {
    const images = exampleImages(4, 12);
    const before = images.arraySync();
    augment(images, new RandomStream([5, 6])).dispose();
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) augment(images, new RandomStream([i, 6])).dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(images.isDisposed).toBe(false);
    expect(images.arraySync()).toEqual(before);
    images.dispose();
  });

  test('says what is wrong with a single image and with integer pixels', () => {
    const single = tf.zeros([12, 12, 3]);
    const integers = tf.zeros<tf.Rank.R4>([2, 12, 12, 3], 'int32');
    const random = new RandomStream([1, 2]);
    expect(() => augment(single as unknown as tf.Tensor4D, random)).toThrow(InvalidArgumentError);
    expect(() => augment(single as unknown as tf.Tensor4D, random)).toThrow(
      /rank 3.*\[12, 12, 3\].*expandDims/s,
    );
    expect(() => augment(integers, random)).toThrow(/int32.*float32/s);
    tf.dispose([single, integers]);
  });
});

/** These move pixels and change no value, or leave that to the augmentation they are given. */
const KEEPS_VALUES = [
  ...['randomCrop', 'randomCrop with padding', 'randomResizedCrop', 'randomHorizontalFlip'],
  ...['randomApply', ...Object.keys(FIXED)],
];
const CUTS_OFF = Object.entries({ ...COLOUR, ...ANY_CHANNELS, ...FIXED }).filter(
  ([name]) => !KEEPS_VALUES.includes(name),
);

describe.each(CUTS_OFF)('%s', (name, augment) => {
  test('refuses floats of 0 to 255, and standardised ones, which it would cut off', () => {
    const images = exampleImages(2, 12);
    const random = new RandomStream([1, 2]);
    const wide = images.mul<tf.Tensor4D>(255);
    const standardised = images.sub(0.5).mul<tf.Tensor4D>(4);
    expect(() => augment(wide, random)).toThrow(
      /values from .* to 25\d.*pictures in \[0, 1\].*255/s,
    );
    expect(() => augment(standardised, random)).toThrow(InvalidArgumentError);
    if (name === 'simClrAugmentation') expect(() => augment(wide, random)).toThrow(name);
    // A little beyond is what noise and jitter of one's own make of a picture.
    const noisy = images.mul<tf.Tensor4D>(1.2);
    augment(noisy, random).dispose();
    tf.dispose([images, wide, standardised, noisy]);
  });
});

describe.each(Object.entries(COLOUR))('%s', (_, augment) => {
  test('refuses images that are not RGB', () => {
    const grey = exampleImages(2, 12, 12, 1);
    expect(() => augment(grey, new RandomStream([1, 2]))).toThrow(InvalidArgumentError);
    expect(() => augment(grey, new RandomStream([1, 2]))).toThrow(
      /1 channel;.*red, green and blue/s,
    );
    grey.dispose();
  });
});

describe.each(Object.entries({ ...ANY_CHANNELS, ...FIXED }))('%s', (_, augment) => {
  test('works with one channel', () => {
    const grey = exampleImages(2, 12, 12, 1);
    expect(take(augment(grey, new RandomStream([1, 2])))[0]?.[0]?.[0]).toHaveLength(1);
    grey.dispose();
  });
});
