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
import { describe, expect, test } from 'vitest';
import { countDifferent, exampleImages, repeatedImage, take } from './example-images';

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
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    images.dispose();
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
