import { Classifier, predictClasses, tf, tutorialEncoder } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from './synthetic-images';

const images = syntheticImages(11);
/** Two scores: how dark and how bright an image is. */
const brightness = (batch: tf.Tensor4D) =>
  tf.tidy(() => {
    const mean = batch.mean([1, 2, 3]);
    return tf.stack([tf.sub(0.4, mean), mean.sub(0.4)], 1) as tf.Tensor2D;
  });

describe('predictClasses', () => {
  it('gives the class of the highest score for each image, in order', async () => {
    const predicted = await predictClasses(brightness, images, { batchSize: 4 });
    expect([...predicted]).toEqual([...images.labels]);
    const inverted = await predictClasses(brightness, images, {
      transform: (batch) => tf.sub(0.8, batch),
    });
    expect([...inverted]).toEqual(Array.from(images.labels, (label) => 1 - label));
  });

  it('predicts with a classifier, and leaves no tensors', async () => {
    const encoder = tutorialEncoder({ inputShape: [4, 4, 3], embeddingDim: 8 });
    const classifier = new Classifier({ encoder, classes: 3 });
    (classifier.headVariables[1] as tf.Variable).assign(tf.tensor1d([0, 0, 1]));
    const before = tf.memory().numTensors;
    expect([...(await predictClasses(classifier, images))]).toEqual(new Array(11).fill(2));
    expect(tf.memory().numTensors).toBe(before);
    classifier.dispose();
    encoder.dispose();
  });
});
