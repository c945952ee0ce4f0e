import {
  extractFeatures,
  frozenFeatureQuality,
  frozenKnn,
  knnAccuracy,
  linearProbe,
  type Progress,
  tf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from './synthetic-images';

const flatten = (images: tf.Tensor4D) => images.reshape([images.shape[0], -1]) as tf.Tensor2D;
const corner = (images: tf.Tensor4D) => images.slice([0, 0, 0, 0], [-1, 2, 2, 3]) as tf.Tensor4D;
const noise = (size: number, brighter: number, seed: number) =>
  syntheticImages(size, seed, { brighter, alternate: false });
const dataOf = (brighter: number) => ({
  name: 'noise',
  train: noise(160, brighter, 1),
  validation: noise(80, brighter, 2),
  test: noise(80, brighter, 3),
});
const data = dataOf(20);
const gallery = data.train.subset(Array.from({ length: 24 }, (_, index) => index));

/** The two measures of one split, from features extracted here. */
async function byHand(transform: typeof corner, neighbours: typeof gallery) {
  const extract = (images: typeof gallery) => extractFeatures(flatten, images, { transform });
  const [fit, choose, test] = [
    await extract(neighbours),
    await extract(data.validation),
    await extract(data.test),
  ];
  const known = { trainFeatures: fit, trainLabels: neighbours.labels };
  const validation = { features: choose, labels: data.validation.labels };
  const tested = { testFeatures: test, testLabels: data.test.labels };
  const knn = async (features: tf.Tensor2D, labels: ArrayLike<number>) =>
    (await knnAccuracy({ ...known, testFeatures: features, testLabels: labels })).accuracy;
  const probe = await linearProbe({
    ...known,
    ...tested,
    validationFeatures: choose,
    validationLabels: validation.labels,
  });
  return {
    validationKnn: await knn(choose, validation.labels),
    testKnn: await knn(test, data.test.labels),
    validationProbe: probe.validation.accuracy,
    testProbe: probe.test?.accuracy,
  };
}

describe('frozenKnn and frozenFeatureQuality', () => {
  it('are what extractFeatures, knnAccuracy and linearProbe are together, of gallery and transform', async () => {
    const expected = await byHand(corner, gallery);
    const found = await frozenFeatureQuality(flatten, data, { gallery, transform: corner });
    expect(found).toEqual(expected);
    const options = { gallery, transform: corner };
    expect(await frozenKnn(flatten, { ...options, queries: data.validation })).toMatchObject({
      accuracy: expected.validationKnn,
      n: 80,
    });
    expect((await frozenKnn(flatten, { ...options, queries: data.test })).accuracy).toBe(
      expected.testKnn,
    );
  });

  it('take all training images where no gallery is given, which is another accuracy', async () => {
    const whole = await frozenFeatureQuality(flatten, data, { transform: corner });
    expect(whole).toEqual(await byHand(corner, data.train));
    expect(whole).not.toEqual(
      await frozenFeatureQuality(flatten, data, { gallery, transform: corner }),
    );
  });

  it('are perfect where the classes cannot be missed', async () => {
    const easy = dataOf(100);
    // Where nothing is subtracted, all cosines are near 1.
    const centred = (images: tf.Tensor4D) => flatten(images.sub(0.39));
    const perfect = { validationKnn: 1, testKnn: 1, validationProbe: 1, testProbe: 1 };
    expect(await frozenFeatureQuality(centred, easy)).toEqual(perfect);
    const sets = { gallery: easy.train, queries: easy.test };
    expect(await frozenKnn(centred, sets)).toEqual({
      accuracy: 1,
      n: 80,
      correct: new Uint8Array(80).fill(1),
    });
  });

  it('tell their progress as one, from the first images to the last', async () => {
    const seen: Progress[] = [];
    const onProgress = (one: Progress) => seen.push(one);
    await frozenFeatureQuality(flatten, data, { gallery, onProgress });
    const parts = ['Features', 'Neighbours', 'Linear probe'];
    expect([...new Set(seen.map(({ message }) => message))]).toEqual(parts);
    // 24 + 80 + 80 encoded, 80 + 80 classified, 24 fitted on.
    expect(new Set(seen.map(({ total }) => total))).toEqual(new Set([368]));
    const done = seen.map((one) => one.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(368);
    expect(done.filter((count) => count === 368)).toHaveLength(1);

    seen.length = 0;
    await frozenKnn(flatten, { gallery, queries: data.test, onProgress });
    expect(seen.at(-1)).toMatchObject({ label: 'Frozen features', done: 184, total: 184 });
    expect(seen.filter((one) => one.done === 184)).toHaveLength(1);
  });

  it('leave no tensor behind, also when the encoder fails at the second set of images', async () => {
    const before = tf.memory().numTensors;
    await frozenFeatureQuality(flatten, data, { gallery });
    await frozenKnn(flatten, { gallery, queries: data.test });
    let calls = 0;
    const failing = (images: tf.Tensor4D) => {
      calls++;
      if (calls > 1) throw new Error('no more');
      return flatten(images);
    };
    await expect(frozenKnn(failing, { gallery, queries: data.test })).rejects.toThrow('no more');
    calls = 0;
    await expect(frozenFeatureQuality(failing, data, { gallery })).rejects.toThrow('no more');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('say in a sentence that one class alone cannot be told apart, and leave nothing', async () => {
    const before = tf.memory().numTensors;
    const alike = (set: typeof gallery) =>
      set.subset([...set.labels.keys()].filter((index) => set.labels[index] === 0));
    const one = { ...data, train: alike(data.train), validation: alike(data.validation) };
    const act = frozenFeatureQuality(flatten, { ...one, test: alike(data.test) });
    await expect(act).rejects.toThrow(/linearProbe: all labels are of class 0; expected two/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
