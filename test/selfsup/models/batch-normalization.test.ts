import { RandomStream, tf, tutorialEncoder } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('batch normalization of the encoders', () => {
  it('is computed by the fused operation in training, also its gradient', async () => {
    const encoder = tutorialEncoder({ inputShape: [8, 8, 3] });
    const images = new RandomStream([1, 1]).uniform([4, 8, 8, 3]);
    const { kernelNames } = await tf.profile(() => {
      const variables = encoder.trainableWeights.map((weight) => weight.read() as tf.Variable);
      return tf.variableGrads(
        () => (encoder.apply(images, { training: true }) as tf.Tensor).square().sum() as tf.Scalar,
        variables,
      ).value;
    });
    const fused = kernelNames.filter((name) => name.endsWith('FusedBatchNormV3'));
    const gradients = kernelNames.filter((name) => name.endsWith('FusedBatchNormGradV3'));
    expect(fused).not.toHaveLength(0);
    expect(gradients).toHaveLength(fused.length);
    encoder.dispose();
  });

  it('moves its averages by a tenth of the way to the batch in training, and not at inference', () => {
    const encoder = tutorialEncoder({ inputShape: [8, 8, 3] });
    const images = new RandomStream([1, 2]).uniform([16, 8, 8, 3]);
    const movingMean = (): number[] => {
      const weight = encoder.weights.find(({ name }) => name.includes('moving_mean'));
      return Array.from((weight as tf.LayerVariable).read().dataSync());
    };
    encoder.apply(images, { training: false });
    expect(movingMean().every((value) => value === 0)).toBe(true);
    encoder.apply(images, { training: true });
    const first = movingMean();
    encoder.apply(images, { training: true });
    const second = movingMean();
    expect(first.some((value) => Math.abs(value) > 1e-4)).toBe(true);
    for (const [channel, value] of first.entries()) {
      expect(second[channel]).toBeCloseTo(1.9 * value, 5);
    }
    encoder.dispose();
  });
});
