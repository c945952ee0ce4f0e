import {
  type Augmentation,
  compose,
  InvalidArgumentError,
  RandomStream,
  randomApply,
  randomBrightness,
  randomCrop,
  randomHorizontalFlip,
  simClrAugmentation,
  tf,
  tutorialViews,
  twoViews,
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

describe('compose', () => {
  test('applies its steps from left to right, all on one stream', () => {
    const images = exampleImages(6, 10);
    const crop = randomCrop({ size: 6 });
    const brighten = randomBrightness();
    const composed = take(compose(crop, brighten)(images, new RandomStream([1, 2])));
    const random = new RandomStream([1, 2]);
    const byHand = take(tf.tidy(() => brighten(crop(images, random), random)));
    expect(composed).toEqual(byHand);
    images.dispose();
  });

  test('draws the same for the steps before one that is added at the end', () => {
    const images = exampleImages(6, 10);
    const crop = randomCrop({ size: 6 });
    const same: Augmentation = (views) => views;
    expect(take(compose(crop, same)(images, new RandomStream([1, 2])))).toEqual(
      take(crop(images, new RandomStream([1, 2]))),
    );
    images.dispose();
  });

  test('of none, or of steps that change nothing, gives a copy that can be disposed', () => {
    const images = exampleImages(2, 4);
    const same: Augmentation = (views) => views;
    compose()(images, new RandomStream([1, 2])).dispose();
    compose(same, same)(images, new RandomStream([1, 2])).dispose();
    expect(images.isDisposed).toBe(false);
    images.dispose();
  });

  test("takes a learner's own step and says which step went wrong", () => {
    const images = exampleImages(3, 4);
    const invert: Augmentation = (views) => tf.sub(1, views);
    const inverted = take(compose(invert)(images, new RandomStream([1, 2])));
    expect(largestDifference(inverted, take(tf.tidy(() => tf.sub<tf.Tensor4D>(1, images))))).toBe(
      0,
    );
    const flat: Augmentation = (views) => views.reshape([3, 48]) as unknown as tf.Tensor4D;
    expect(() => compose(invert, flat)(images, new RandomStream([1, 2]))).toThrow(
      InvalidArgumentError,
    );
    expect(() => compose(invert, flat)(images, new RandomStream([1, 2]))).toThrow(
      /after its step 2, got.*\[3, 48\]/s,
    );
    images.dispose();
  });
});

describe('randomApply', () => {
  const black: Augmentation = (images) => tf.zerosLike(images);

  test('augments the given share of the images and leaves the others exactly as they are', () => {
    const images = repeatedImage(1000, 3);
    const source = JSON.stringify(images.arraySync()[0]);
    const result = take(randomApply(black, { probability: 0.3 })(images, new RandomStream([1, 2])));
    const untouched = result.filter((image) => JSON.stringify(image) === source).length;
    const blackened = result.filter((image) => image.flat(2).every((value) => value === 0)).length;
    expect(untouched + blackened).toBe(1000);
    // Five standard deviations of 1000 tosses are 72.
    expect(Math.abs(blackened - 300)).toBeLessThan(72);
    images.dispose();
  });

  test('augments none with probability 0 and all with probability 1', () => {
    const images = exampleImages(5, 3);
    expect(take(randomApply(black, { probability: 0 })(images, new RandomStream([1, 2])))).toEqual(
      images.arraySync(),
    );
    expect(
      take(randomApply(black, { probability: 1 })(images, new RandomStream([1, 2]))).flat(3),
    ).toEqual(new Array(5 * 27).fill(0));
    images.dispose();
  });

  test('refuses an augmentation that changes the shape, and a probability that is none', () => {
    const images = exampleImages(5, 6);
    const cropSometimes = randomApply(randomCrop({ size: 4 }));
    expect(() => cropSometimes(images, new RandomStream([1, 2]))).toThrow(
      /\[5, 6, 6, 3\] to \[5, 4, 4, 3\]/,
    );
    expect(() => randomApply(black, { probability: 1.5 })).toThrow(InvalidArgumentError);
    images.dispose();
  });
});

describe('twoViews', () => {
  test('draws twice from one augmentation', () => {
    const images = exampleImages(6, 10);
    const [view1, view2] = twoViews(randomCrop({ size: 6 }))(images, new RandomStream([1, 2]));
    expect(view1.arraySync()).not.toEqual(view2.arraySync());
    tf.dispose([images, view1, view2]);
  });

  test('makes each view with its own augmentation, and never hands out its input', () => {
    const images = exampleImages(6, 10);
    const same: Augmentation = (views) => views;
    const [view1, view2] = twoViews(same, randomHorizontalFlip({ probability: 1 }))(
      images,
      new RandomStream([1, 2]),
    );
    expect(view1.arraySync()).toEqual(images.arraySync());
    expect(view2.arraySync()).toEqual(
      images.arraySync().map((image) => image.map((row) => [...row].reverse())),
    );
    tf.dispose([view1, view2]);
    expect(images.isDisposed).toBe(false);
    images.dispose();
  });

  test('keeps no tensor but the views', () => {
    const images = exampleImages(6, 32);
    const views = twoViews(simClrAugmentation());
    tf.dispose(views(images, new RandomStream([0, 1])));
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) tf.dispose(views(images, new RandomStream([i, 1])));
    expect(tf.memory().numTensors).toBe(tensors);
    images.dispose();
  });
});

describe('recipes', () => {
  test('tutorialViews: an exact crop or its mirror image, the first shifted in brightness, the second in saturation', () => {
    const images = tf.tidy(() => repeatedImage(64, 32).mul(0.5).add(0.25) as tf.Tensor4D);
    const [view1, view2] = tutorialViews()(images, new RandomStream([1, 2]));
    expect([view1.shape, view2.shape]).toEqual([
      [64, 24, 24, 3],
      [64, 24, 24, 3],
    ]);
    expect(countDifferent(view1.arraySync())).toBe(64);
    const mean = (view: tf.Tensor4D) =>
      tf.tidy(() =>
        view
          .mean([1, 2, 3])
          .sub(images.mean([1, 2, 3]))
          .arraySync(),
      ) as number[];
    expect(Math.max(...mean(view1).map(Math.abs))).toBeGreaterThan(0.15);
    expect(Math.max(...mean(view1).map(Math.abs))).toBeLessThan(0.22);
    expect(Math.max(...mean(view2).map(Math.abs))).toBeLessThan(0.05);
    tf.dispose([images, view1, view2]);
  });

  test('simClrAugmentation: the size asked for, a fifth of the images grey, 24 pixels unless told', () => {
    const images = repeatedImage(1000, 16);
    const views = simClrAugmentation({ size: 8 })(images, new RandomStream([1, 2]));
    expect(views.shape).toEqual([1000, 8, 8, 3]);
    const spread = tf.tidy(() =>
      views.max(3).sub(views.min(3)).max([1, 2]).arraySync(),
    ) as number[];
    const grey = spread.filter((value) => value < 1e-5).length;
    // Five standard deviations of 1000 tosses are 63.
    expect(Math.abs(grey - 200)).toBeLessThan(63);
    const standard = simClrAugmentation()(images, new RandomStream([1, 2]));
    expect(standard.shape).toEqual([1000, 24, 24, 3]);
    tf.dispose([images, views, standard]);
  });

  test('simClrAugmentation blurs where asked', () => {
    const images = exampleImages(64, 16);
    const roughness = (blurProbability: number) => {
      const views = simClrAugmentation({
        size: 16,
        blurProbability,
        scale: [1, 1],
        jitterProbability: 0,
      })(images, new RandomStream([1, 2]));
      const value = tf.tidy(() => tf.moments(views).variance.dataSync()[0] ?? Number.NaN);
      views.dispose();
      return value;
    };
    expect(roughness(1)).toBeLessThan(0.5 * roughness(0));
    images.dispose();
  });

  test.each([
    { blurProbability: 2 },
    { jitterStrength: -1 },
    { scale: [1, 0.2] as const },
    { size: 0 },
  ])('simClrAugmentation refuses %o', (options) => {
    expect(() => simClrAugmentation(options)).toThrow(InvalidArgumentError);
  });

  test.each([
    ['tutorialViews', tutorialViews({ size: 12 })],
    ['simClrAugmentation', twoViews(simClrAugmentation({ size: 12, blurProbability: 0.5 }))],
  ])('%s compiles, and the graph draws anew for each seed as the function does', (_, views) => {
    const images = exampleImages(8, 16);
    const draw = (batch: tf.Tensor4D, seed: tf.Tensor1D) => views(batch, new RandomStream(seed));
    const compiled = compile(draw);
    for (let step = 0; step < 4; step++) {
      const seed = tf.tensor1d([1, step], 'int32');
      const expected = draw(images, seed);
      const actual = compiled(images, seed);
      expected.forEach((view, i) => {
        const other = actual[i] as tf.Tensor4D;
        expect(largestDifference(other.arraySync(), view.arraySync())).toBeLessThan(1e-4);
      });
      tf.dispose([seed, ...expected, ...actual]);
    }
    expect(compiled.graphs).toHaveLength(1);
    compiled.dispose();
    images.dispose();
  });
});
