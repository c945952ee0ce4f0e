import {
  InvalidArgumentError,
  projectionHead,
  RandomStream,
  residualEncoder,
  tf,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;
const images = new RandomStream([1, 2]).uniform([4, 24, 24, 3]) as tf.Tensor4D;

const MODELS = [
  ['tutorialEncoder', (seed: number) => tutorialEncoder({ seed }), images],
  [
    'tutorialEncoder without batch norm',
    (seed: number) => tutorialEncoder({ seed, batchNorm: false }),
    images,
  ],
  ['residualEncoder', (seed: number) => residualEncoder({ seed }), images],
  ['projectionHead', (seed: number) => projectionHead({ seed }), tf.ones([4, 128])],
  [
    'projectionHead with batch norm',
    (seed: number) => projectionHead({ seed, batchNorm: true }),
    tf.ones([4, 128]),
  ],
] as const;

for (const [name, make, input] of MODELS) {
  describe(name, () => {
    it('has the same weights for the same seed and others for another', () => {
      const [a, b, c] = [make(7), make(7), make(8)].map(
        (model) => model.predict(input) as tf.Tensor,
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      expect(gap(a, b)).toBe(0);
      expect(gap(a, c)).toBeGreaterThan(1e-3);
    });

    it('starts no two layers from the same numbers', () => {
      const kernels = make(0)
        .weights.map((w) => w.read())
        .filter((w) => w.rank > 1);
      const starts = kernels.map((kernel) => {
        const values = Array.from(kernel.dataSync().slice(0, 6));
        return values.map((v) => (v / (values[0] as number)).toFixed(3)).join();
      });
      expect(new Set(starts).size).toBe(kernels.length);
    });

    it('gives back all its tensors', () => {
      make(0).dispose();
      const before = tf.memory().numTensors;
      const model = make(1);
      tf.dispose(model.apply(input, { training: true }) as tf.Tensor);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

describe('tutorialEncoder', () => {
  it('has the layers of the tutorial: 32, 64, 128 channels, then a dense layer', () => {
    const model = tutorialEncoder({ batchNorm: false });
    const convolution = (from: number, to: number) => 9 * from * to + to;
    expect(model.countParams()).toBe(
      convolution(3, 32) + convolution(32, 64) + convolution(64, 128) + 128 * 128 + 128,
    );
    expect(model.outputs[0]?.shape).toEqual([null, 128]);
    // With batch norm: a scale and an offset for each bias, and as many moving averages.
    expect(tutorialEncoder().countParams()).toBe(model.countParams() + 3 * (32 + 64 + 128));
  });

  it('does not scale its output to length 1', () => {
    const lengths = tf.norm(tutorialEncoder().predict(images) as tf.Tensor, 2, 1).dataSync();
    for (const length of lengths) expect(Math.abs(length - 1)).toBeGreaterThan(1e-3);
  });

  it('takes images of any size where the size is left open', () => {
    const model = tutorialEncoder({ inputShape: [null, null, 3], embeddingDim: 16 });
    expect((model.predict(images) as tf.Tensor).shape).toEqual([4, 16]);
    expect((model.predict(tf.zeros([2, 32, 32, 3])) as tf.Tensor).shape).toEqual([2, 16]);
  });
});

describe('residualEncoder', () => {
  it('has five convolutions without bias, each batch-normalised', () => {
    const model = residualEncoder({ embeddingDim: 64 });
    const convolution = (from: number, to: number) => 9 * from * to + 4 * to;
    expect(model.countParams()).toBe(
      convolution(3, 16) +
        convolution(16, 32) +
        convolution(32, 32) +
        convolution(32, 64) +
        convolution(64, 64),
    );
    expect((model.predict(images) as tf.Tensor).shape).toEqual([4, 64]);
  });

  it('keeps the size of its signal from layer to layer in training', () => {
    const features = residualEncoder().apply(images, { training: true }) as tf.Tensor;
    const deviation = tf.moments(features).variance.sqrt().dataSync()[0] as number;
    expect(deviation).toBeGreaterThan(0.05);
    expect(deviation).toBeLessThan(5);
  });

  it('refuses a width that cannot be quartered', () => {
    expect(() => residualEncoder({ embeddingDim: 30 })).toThrow(InvalidArgumentError);
    expect(() => residualEncoder({ embeddingDim: 0 })).toThrow(/multiple of 4/);
  });
});

describe('projectionHead', () => {
  it('maps features through a hidden layer to projections', () => {
    const head = projectionHead({ inputDim: 10, hiddenDim: 20, projectionDim: 5 });
    expect(head.countParams()).toBe(10 * 20 + 20 + 20 * 5 + 5);
    expect((head.predict(tf.ones([3, 10])) as tf.Tensor).shape).toEqual([3, 5]);
    const normalised = projectionHead({
      inputDim: 10,
      hiddenDim: 20,
      projectionDim: 5,
      batchNorm: true,
    });
    expect(normalised.countParams()).toBe(10 * 20 + 4 * 20 + 20 * 5 + 5);
  });
});
