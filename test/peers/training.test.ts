import { AdamW, cosineSchedule, MemoryQueue, momentumSchedule, momentumUpdate, tf } from 'selfsup';
import { expect, test } from 'vitest';
import { load, numbers, relativeDifference, type StoredTensor } from './fixture';
import { row } from './table';

interface Descent {
  readonly weight: StoredTensor;
  /** `[steps, …]`. */
  readonly gradients: StoredTensor;
  readonly rates: StoredTensor;
  /** The weight after each step. */
  readonly steps: StoredTensor;
}

/**
 * Takes the peer's steps one by one, each from the weight that ours has come to: what is compared is the whole way, since the
 * moments can be seen in no other way.
 */
function descend(
  { weight, gradients, rates, steps }: Descent,
  apply: (variable: tf.Variable) => (gradients: tf.NamedTensorMap, learningRate: tf.Scalar) => void,
  compare: (difference: number, step: number) => void,
): void {
  tf.tidy(() => {
    const variable = tf.variable(load(weight));
    const step = apply(variable);
    const [gradientOf, expected] = [tf.unstack(load(gradients)), tf.unstack(load(steps))];
    numbers(rates).forEach((rate, i) => {
      step({ [variable.name]: gradientOf[i] as tf.Tensor }, tf.scalar(rate));
      const after = expected[i] as tf.Tensor;
      compare(relativeDifference(variable, after.dataSync()), i);
    });
    variable.dispose();
  });
}

test('AdamW', () => {
  const { cases, agree } = row<
    Descent & {
      peer: string;
      beta1: number;
      beta2: number;
      epsilon: number;
      weightDecay: number;
    }
  >('training', 'AdamW');
  for (const one of cases) {
    const { peer, beta1, beta2, epsilon, weightDecay } = one;
    let optimizer: AdamW | undefined;
    descend(
      one,
      (variable) => {
        const adam = new AdamW([variable], { beta1, beta2, epsilon, weightDecay });
        optimizer = adam;
        return (gradients, rate) => adam.applyGradients(gradients, rate);
      },
      (difference, step) => agree(difference, `${peer}, β₁ ${beta1}, ε ${epsilon}, step ${step}`),
    );
    optimizer?.dispose();
  }
});

test('tf.train.sgd and tf.train.momentum', () => {
  const { cases, agree } = row<Descent & { momentum: number; nesterov: boolean }>(
    'training',
    'tf.train.sgd and tf.train.momentum',
  );
  for (const one of cases) {
    const { momentum, nesterov } = one;
    const optimizer =
      momentum === 0 ? tf.train.sgd(0.1) : tf.train.momentum(0.1, momentum, nesterov);
    descend(
      one,
      () => (gradients) =>
        optimizer.applyGradients(gradients as unknown as Record<string, tf.Variable>),
      (difference, step) => agree(difference, `momentum ${momentum}, ${nesterov}, step ${step}`),
    );
    optimizer.dispose();
  }
});

test('cosineSchedule', () => {
  const { cases, agree } = row<{
    peer: string;
    peak: number;
    floor: number;
    warmupSteps: number;
    totalSteps: number;
    first: number;
    rates: number[];
  }>('training', 'cosineSchedule');
  for (const { peer, first, totalSteps, rates, ...options } of cases) {
    const schedule = cosineSchedule(options);
    const ours = rates.map((_, i) => schedule(first + i, totalSteps));
    agree(relativeDifference(ours, rates), `${peer}, ${totalSteps} steps from ${first}`);
  }
});

test('momentumSchedule', () => {
  const { cases, agree } = row<{ start: number; totalSteps: number; momenta: number[] }>(
    'training',
    'momentumSchedule',
  );
  for (const { start, totalSteps, momenta } of cases) {
    const schedule = momentumSchedule({ start });
    const ours = momenta.map((_, step) => schedule(step, totalSteps));
    agree(relativeDifference(ours, momenta), `from ${start} in ${totalSteps} steps`);
  }
});

test('momentumUpdate', () => {
  const { cases, agree } = row<{
    momentum: number;
    query: StoredTensor;
    key: StoredTensor;
    result: StoredTensor;
  }>('training', 'momentumUpdate');
  for (const one of cases) {
    tf.tidy(() => {
      const [query, key] = [tf.variable(load(one.query)), tf.variable(load(one.key))];
      momentumUpdate([key], [query], one.momentum);
      agree(relativeDifference(key, one.result), `m = ${one.momentum}`);
      tf.dispose([query, key]);
    });
  }
});

test('MemoryQueue', () => {
  const { cases, agree } = row<{ size: number; batches: StoredTensor; keys: StoredTensor }>(
    'training',
    'MemoryQueue',
  );
  for (const { size, batches, keys } of cases) {
    const dim = batches.shape[2] as number;
    const queue = new MemoryQueue({ size, dim });
    for (const batch of tf.unstack(load(batches))) queue.enqueue(batch as tf.Tensor2D);
    // In whatever order: each of the peer's keys is one of ours, and there are as many.
    const [ours, theirs] = [queue.keys.arraySync(), tf.tidy(() => load(keys).arraySync())] as [
      number[][],
      number[][],
    ];
    expect(ours).toHaveLength(theirs.length);
    for (const key of theirs) {
      agree(Math.min(...ours.map((one) => relativeDifference(one, key))), 'a key of the queue');
    }
    queue.dispose();
  }
});
