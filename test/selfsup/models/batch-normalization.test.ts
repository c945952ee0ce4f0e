import { BatchNormalization, RandomStream, tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

function modelWith(layer: tf.layers.Layer, shape: number[]): tf.LayersModel {
  const input = tf.input({ shape });
  return tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
}

const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;

describe('BatchNormalization', () => {
  for (const shape of [[6, 5, 3], [3]]) {
    it(`agrees with tf.layers.batchNormalization on [N, ${shape.join(', ')}]`, () => {
      const ours = modelWith(new BatchNormalization({ momentum: 0.7 }), shape);
      const theirs = modelWith(tf.layers.batchNormalization({ momentum: 0.7 }), shape);
      const random = new RandomStream([1, 1]);
      const start = [tf.tensor1d([0.5, 1, 2]), tf.tensor1d([-1, 0, 3])];
      const weights = [...start, tf.tensor1d([0.1, 0.2, 0.3]), tf.tensor1d([1, 2, 3])];
      ours.setWeights(weights);
      theirs.setWeights(weights);
      const x = random.normal([256, ...shape], 2, 3);
      const factor = random.normal([256, ...shape]);
      const results = [ours, theirs].map((model) => {
        const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
        const { grads } = tf.variableGrads(
          () => (model.apply(x, { training: true }) as tf.Tensor).mul(factor).sum() as tf.Scalar,
          variables,
        );
        const inputGradient = tf.grad((image: tf.Tensor) =>
          (model.apply(image, { training: true }) as tf.Tensor).mul(factor).sum(),
        )(x);
        return [
          model.apply(x, { training: true }) as tf.Tensor,
          model.apply(x, { training: false }) as tf.Tensor,
          inputGradient,
          ...variables.map((v) => grads[v.name] as tf.Tensor),
        ];
      });
      const [found, expected] = results as [tf.Tensor[], tf.Tensor[]];
      expect(found).toHaveLength(5);
      // The variance kept for inference is the unbiased one (n − 1), as in Keras; tf.layers keeps the biased.
      const tolerances = [1e-5, 5e-2, 1e-4, 1e-2, 1e-2];
      for (const [i, tensor] of found.entries()) {
        expect(gap(tensor, expected[i] as tf.Tensor)).toBeLessThan(tolerances[i] as number);
      }
    });
  }

  it('normalises to mean 0 and variance 1 in training and moves its averages', () => {
    const model = modelWith(new BatchNormalization({ momentum: 0.5 }), [4, 4, 2]);
    const x = new RandomStream([2, 2]).normal([64, 4, 4, 2], 5, 2);
    const { mean, variance } = tf.moments(
      model.apply(x, { training: true }) as tf.Tensor,
      [0, 1, 2],
    );
    expect(gap(mean, tf.zeros([2]))).toBeLessThan(1e-4);
    expect(gap(variance, tf.ones([2]))).toBeLessThan(1e-2);
    const [movingMean, movingVariance] = model.weights.slice(2).map((w) => w.read());
    expect(movingMean?.dataSync()[0]).toBeCloseTo(2.5, 0);
    expect(movingVariance?.dataSync()[0]).toBeCloseTo(2.5, 0);
  });

  it('leaves its averages alone at inference', () => {
    const model = modelWith(new BatchNormalization(), [2]);
    const x = tf.tensor2d([[3, 4]]);
    const y = model.predict(x) as tf.Tensor;
    expect(gap(y, x.div(Math.sqrt(1.001)))).toBeLessThan(1e-5);
    expect(Array.from(model.weights[2]?.read().dataSync() ?? [])).toEqual([0, 0]);
  });

  it('computes the same in a compiled graph', () => {
    const model = modelWith(new BatchNormalization(), [4, 4, 2]);
    const random = new RandomStream([4, 4]);
    const variables = model.weights.map((w) => w.read() as tf.Variable);
    const step = (x: tf.Tensor) =>
      tf.tidy(() => {
        const trainable = model.trainableWeights.map((w) => w.read() as tf.Variable);
        const { value, grads } = tf.variableGrads(
          () => (model.apply(x, { training: true }) as tf.Tensor).pow(3).sum() as tf.Scalar,
          trainable,
        );
        for (const v of trainable) v.assign(v.sub((grads[v.name] as tf.Tensor).mul(1e-4)));
        return value;
      });
    const batches = [0, 1, 2, 3, 4].map(() => random.normal([8, 4, 4, 2]));
    const start = variables.map((v) => v.clone());
    const eager = batches.map((x) => step(x).dataSync()[0] as number);
    const after = variables.map((v) => v.clone());
    for (const [i, v] of variables.entries()) v.assign(start[i] as tf.Tensor);
    const compiled = compile(step);
    const inGraph = batches.map((x) => compiled(x).dataSync()[0] as number);
    compiled.dispose();
    for (const [i, loss] of inGraph.entries()) expect(loss).toBeCloseTo(eager[i] as number, 3);
    for (const [i, v] of variables.entries()) {
      expect(gap(v, after[i] as tf.Tensor)).toBeLessThan(1e-4);
    }
  });

  it('refuses an input without a fixed number of channels', () => {
    expect(() => new BatchNormalization().build([null, null])).toThrow(/fixed number of channels/);
  });

  it('survives being written out and read back', () => {
    const model = modelWith(new BatchNormalization({ momentum: 0.3, epsilon: 0.01 }), [2]);
    const config = model.layers[1]?.getConfig();
    expect(config).toMatchObject({ momentum: 0.3, epsilon: 0.01 });
    expect(new BatchNormalization(config).getConfig()).toMatchObject({ momentum: 0.3 });
  });

  it('keeps no tensors', () => {
    const model = modelWith(new BatchNormalization(), [3]);
    const x = tf.ones([4, 3]);
    const run = () => tf.dispose(model.apply(x, { training: true }) as tf.Tensor);
    run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory().numTensors).toBe(before);
  });
});
