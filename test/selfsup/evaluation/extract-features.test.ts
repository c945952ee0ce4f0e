import {
  extractFeatures,
  featuresOf,
  InvalidArgumentError,
  type Progress,
  resize,
  tf,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from './synthetic-images';

const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;
const flatten = (images: tf.Tensor4D) => images.reshape([images.shape[0], -1]) as tf.Tensor2D;

describe('extractFeatures', () => {
  it('computes in batches what the model computes at once, in the order of the data', async () => {
    const model = tutorialEncoder({ inputShape: [4, 4, 3], embeddingDim: 8 });
    const images = syntheticImages(23);
    const features = await extractFeatures(model, images, { batchSize: 5 });
    expect(features.shape).toEqual([23, 8]);
    expect(gap(features, model.predict(images.images()) as tf.Tensor)).toBeLessThan(1e-5);
  });

  it('takes a function as a model and transforms the images first', async () => {
    const images = syntheticImages(6);
    const features = await extractFeatures(flatten, images, {
      batchSize: 4,
      transform: (batch) => batch.slice([0, 1, 1, 0], [-1, 2, 2, 3]),
    });
    expect(gap(features, flatten(images.images().slice([0, 1, 1, 0], [-1, 2, 2, 3])))).toBe(0);
  });

  it('reports its progress up to the last image', async () => {
    const seen: Progress[] = [];
    await extractFeatures(flatten, syntheticImages(7), {
      batchSize: 3,
      onProgress: (p) => seen.push(p),
    });
    expect(seen.map((p) => p.done)).toEqual([3, 6, 7]);
    expect(seen.every((p) => p.total === 7 && p.unit === 'images')).toBe(true);
  });

  it('leaves one tensor, and none when the model returns the wrong shape', async () => {
    const images = syntheticImages(9);
    const before = tf.memory().numTensors;
    (await extractFeatures(flatten, images, { batchSize: 4 })).dispose();
    (await extractFeatures(flatten, images, { batchSize: 100 })).dispose();
    const sum = (batch: tf.Tensor4D) => batch.sum([1, 2, 3]) as unknown as tf.Tensor2D;
    await expect(extractFeatures(sum, images, { batchSize: 4 })).rejects.toThrow(
      /made \[4\] of 4 images; expected \[4, d\]/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses an empty data set and an empty batch', async () => {
    await expect(extractFeatures(flatten, syntheticImages(0))).rejects.toThrow(
      new InvalidArgumentError(
        'extractFeatures: the test split of Synthetic holds no images; expected 1 or more.',
      ),
    );
    await expect(extractFeatures(flatten, syntheticImages(2), { batchSize: 0 })).rejects.toThrow(
      /extractFeatures: batchSize is 0; expected a whole number/,
    );
  });

  it.each([
    ['another size', [8, 8, 3], '[8, 8, 3]'],
    ['another number of channels', [null, null, 1], '[any, any, 1]'],
  ])('names both shapes where the model takes images of %s', async (_, inputShape, wanted) => {
    const model = tf.sequential({
      layers: [tf.layers.globalAveragePooling2d({ inputShape, dataFormat: 'channelsLast' })],
    });
    const before = tf.memory().numTensors;
    await expect(extractFeatures(model, syntheticImages(3))).rejects.toThrow(
      `The model takes images of ${wanted} (height, width, channels), and was given images of [4, 4, 3].`,
    );
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('takes images that transform brings to the size of the model', async () => {
    const layers = [
      tf.layers.globalAveragePooling2d({ inputShape: [8, 8, 3], dataFormat: 'channelsLast' }),
    ];
    const model = tf.sequential({ layers });
    const options = { transform: resize({ size: 8 }) };
    const features = await extractFeatures(model, syntheticImages(3), options);
    expect(features.shape).toEqual([3, 3]);
    features.dispose();
    model.dispose();
  });
});

it.each([0, -4, 0.5, Number.NaN])(
  'featuresOf refuses batches of %d examples',
  async (batchSize) => {
    const options = { size: 3, batch: () => tf.ones<tf.Rank.R2>([1, 2]), unit: 'rows' };
    await expect(featuresOf({ ...options, model: (x) => x, batchSize })).rejects.toThrow(
      /featuresOf: batchSize is .*; expected a whole number/,
    );
  },
);
