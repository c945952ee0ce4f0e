import { tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { expect, it } from 'vitest';
import { maxDifference } from './max-difference';

/** Counts of the operations that the graph for these arguments runs. */
function operationsOf<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options: { unchanged?: boolean },
  ...args: Args
): { counts: Map<string, number>; results: [Result, Result] } {
  const compiled = compile(fn, { verify: false, ...options });
  const results: [Result, Result] = [compiled(...args), compiled(...args)];
  const counts = new Map<string, number>();
  for (const { operation, count } of compiled.explain(...args).times) {
    counts.set(operation, (counts.get(operation) ?? 0) + count);
  }
  compiled.dispose();
  return { counts, results };
}

it('a dense layer, its relu and their gradients multiply matrices, not batches of one', () => {
  const layers = [5, 3].map((units, seed) =>
    tf.layers.dense({
      units,
      activation: 'relu',
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
      biasInitializer: 'ones',
    }),
  );
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [4] }));
  for (const layer of layers) model.add(layer);
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const gradients = (x: tf.Tensor2D): tf.NamedTensorMap => {
    const { value, grads } = tf.variableGrads(
      () => (model.apply(x) as tf.Tensor).square().sum<tf.Scalar>(),
      weights,
    );
    return { value, ...grads };
  };
  const x = tf.randomNormal<tf.Rank.R2>([6, 4], 0, 1, 'float32', 3);

  const { counts, results } = operationsOf(gradients, {}, x);
  // Two forward; two for the weights and one for the input of the second layer.
  expect(counts.get('MatMul')).toBe(5);
  expect(counts.has('BatchMatMulV2')).toBe(false);
  const [eager, run] = results.map((one) => Object.values(one)) as [tf.Tensor[], tf.Tensor[]];
  expect(run.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
  expect(maxDifference(run, eager)).toBeLessThan(1e-5);

  const { counts: recorded } = operationsOf(gradients, { unchanged: true }, x);
  expect(recorded.get('BatchMatMulV2')).toBe(5);
  tf.dispose([x, ...results]);
  model.dispose();
});

it('a product whose leading 1 is wanted keeps it, and real batches stay', () => {
  const products = (a: tf.Tensor3D, b: tf.Tensor3D, batch: tf.Tensor3D) => {
    const one = tf.matMul(a, b);
    return {
      one,
      transposed: tf.matMul(a, one, true, false),
      // The leading 1 is spread over a batch of two.
      spread: tf.matMul(batch, b),
      biased: one.add(tf.tensor1d([1, 2])).relu(),
      // Not a bias: one number for each row.
      rows: one.add(tf.tensor2d([[1], [2], [3]])),
      flat: one.reshape([6]),
    };
  };
  const [a, b, batch] = [
    tf.randomNormal<tf.Rank.R3>([1, 3, 4], 0, 1, 'float32', 1),
    tf.randomNormal<tf.Rank.R3>([1, 4, 2], 0, 1, 'float32', 2),
    tf.randomNormal<tf.Rank.R3>([2, 3, 4], 0, 1, 'float32', 3),
  ];
  const { counts, results } = operationsOf(products, {}, a, b, batch);
  expect(counts.get('MatMul')).toBe(2);
  expect(counts.get('BatchMatMulV2')).toBe(1);
  const [eager, run] = results.map((one) => Object.values<tf.Tensor>(one)) as [
    tf.Tensor[],
    tf.Tensor[],
  ];
  expect(run.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
  expect(maxDifference(run, eager)).toBeLessThan(1e-6);
  tf.dispose([a, b, batch, ...results]);
});

it('tells the outputs of one operation apart', () => {
  const attention = (x: tf.Tensor3D) => {
    const [queries, keys] = tf.split(x, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
    return tf.matMul(queries, keys, false, true);
  };
  const halves = (x: tf.Tensor3D) => {
    const [first, second] = tf.split(x, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
    return [tf.matMul(first, second, false, true), second.reshape([3, 4]), first.reshape([3, 4])];
  };
  for (const [fn, shape] of [
    [attention, [1, 3, 4]],
    [halves, [2, 3, 4]],
  ] as const) {
    const x = tf.randomNormal<tf.Rank.R3>([...shape], 0, 1, 'float32', 1);
    const compiled = compile(fn as (x: tf.Tensor3D) => tf.Tensor | tf.Tensor[], { verify: false });
    const [eager, run] = [compiled(x), compiled(x)].map((one) => [one].flat()) as [
      tf.Tensor[],
      tf.Tensor[],
    ];
    expect(maxDifference(run, eager)).toBeLessThan(1e-6);
    tf.dispose([x, eager, run]);
    compiled.dispose();
  }
});
