import { InvalidArgumentError, LinearClassifier, linearProbe, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Three classes around centres that are far from 0 and badly scaled. */
function split(n: number, seed: number) {
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 3);
  const features = tf.tidy(() => {
    const centres = new RandomStream([5, 0]).normal([3, 6], 0, 2);
    const noise = new RandomStream([seed, 1]).normal([n, 6]);
    const rows = tf.gather(centres, tf.tensor1d(labels, 'int32')).add(noise);
    return rows.mul(tf.linspace(0.01, 100, 6)).add(20) as tf.Tensor2D;
  });
  return { features, labels };
}

describe('LinearClassifier', () => {
  it.each([true, false])(
    'gives what the probe has counted (standardised: %s)',
    async (standardise) => {
      const [train, validation] = [split(120, 1), split(90, 2)];
      const before = tf.memory().numTensors;
      const probe = await linearProbe({
        trainFeatures: train.features,
        trainLabels: train.labels,
        validationFeatures: validation.features,
        validationLabels: validation.labels,
        standardise,
      });
      for (const [{ features, labels }, counted] of [
        [train, probe.train],
        [validation, probe.validation],
      ] as const) {
        const predicted = await probe.classifier.predict(features);
        const right = labels.filter((label, i) => predicted.labels[i] === label).length;
        expect(right / labels.length).toBe(counted.accuracy);
        for (const one of predicted.probabilities) {
          expect(one).toBeGreaterThan(1 / 3 - 1e-6);
          expect(one).toBeLessThanOrEqual(1 + 1e-6);
        }
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('is softmax((x − mean) · scale · W + b)', async () => {
    const classifier = new LinearClassifier({
      weights: Float32Array.of(1, -1, 0, 0.5, 0.25, 0),
      classes: 2,
      mean: Float32Array.of(1, 2),
      scale: Float32Array.of(2, 4),
    });
    const { labels, probabilities } = await classifier.predict(tf.tensor2d([[2, 1.5]]));
    // Standardised: 2 and −2. Logits: 2 + 0 + 0.25 and −2 − 1 + 0.
    expect([...labels]).toEqual([0]);
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-3 - 2.25)), 6);
  });

  it('refuses features of another width, and what is not finite', async () => {
    const none = Float32Array.of(0, 0);
    const fitted = { weights: new Float32Array(6), classes: 2, mean: none, scale: none };
    const classifier = new LinearClassifier(fitted);
    const before = tf.memory().numTensors;
    for (const rows of [[[1, 2, 3]], [[1, Number.NaN]]]) {
      const features = tf.tensor2d(rows);
      await expect(classifier.predict(features)).rejects.toThrow(InvalidArgumentError);
      features.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
