import { type BatchSource, RandomStream, simClrAugmentation, tf, twoViews } from 'selfsup';

/** Side of the views. */
export const SIZE = 8;

export const views = twoViews(simClrAugmentation({ size: SIZE, jitterStrength: 0.1 }));

/** 64 smooth pictures, two pixels larger than their views. */
export const images = tf.tidy(() => {
  const coarse = new RandomStream([1, 2]).uniform([64, 4, 4, 3]) as tf.Tensor4D;
  return tf.image.resizeBilinear(coarse, [SIZE + 2, SIZE + 2]);
});

export const data: BatchSource<{ images: tf.Tensor4D }> = {
  size: 64,
  batch: (indices) => ({
    images: tf.tidy(() => tf.gather(images, tf.tensor1d(Array.from(indices), 'int32'))),
  }),
};

/** What a step is given: eight pictures, others in each of the first eight steps. */
export const inputs = (number: number) => ({
  ...data.batch(Array.from({ length: 8 }, (_, i) => (8 * number + i) % 64)),
  seed: tf.tensor1d([5, number], 'int32'),
  learningRate: tf.scalar(1e-3),
});
