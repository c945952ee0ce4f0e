import {
  InvalidArgumentError,
  inBatchNormGroups,
  infoNceLoss,
  type KeyLoss,
  MoCo,
  type MoCoOptions,
  projectionHead,
  RandomStream,
  tf,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it, vi } from 'vitest';

const random = new RandomStream([9, 8]);
const view1 = random.uniform([8, 8, 8, 3]) as tf.Tensor4D;
const view2 = random.uniform([8, 8, 8, 3]) as tf.Tensor4D;
const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;
const unit = (x: tf.Tensor2D) => x.div(tf.norm(x, 2, 1, true)) as tf.Tensor2D;

function model(options: Partial<MoCoOptions> = {}): MoCo {
  return new MoCo({
    encoder: tutorialEncoder({ inputShape: [8, 8, 3], embeddingDim: 16, seed: 1 }),
    projectionHead: projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 6, seed: 1 }),
    queueSize: 20,
    ...options,
  });
}

describe('MoCo', () => {
  it('begins with a key network equal to the query network, in variables of its own', () => {
    const moCo = model();
    expect(
      gap(moCo.queries(view1, { training: false }), moCo.keys(view1, { training: false })),
    ).toBe(0);
    const keyNames = new Set(moCo.keyVariables.map(({ id }) => id));
    expect(moCo.trainableVariables.some(({ id }) => keyNames.has(id))).toBe(false);
    expect(moCo.keyVariables.map(({ shape }) => shape)).toEqual(
      moCo.trainableVariables.map(({ shape }) => shape),
    );
  });

  it('computes InfoNCE of queries and keys against the queue, with its temperature', () => {
    const moCo = model({ temperature: 0.1 });
    const { loss, queries, keys } = moCo.loss(view1, view2, { training: false });
    expect(queries.shape).toEqual([8, 6]);
    expect(gap(queries, moCo.call(view1).projections)).toBeLessThan(1e-5);
    expect(
      gap(loss, infoNceLoss(queries, keys, moCo.queue.keys, { temperature: 0.1 })),
    ).toBeLessThan(1e-6);
  });

  it('never holds the current batch in the queue before its loss is computed', () => {
    const moCo = model();
    const before = moCo.queue.keys.arraySync();
    const { keys } = moCo.loss(view1, view2);
    expect(moCo.queue.keys.arraySync()).toEqual(before);
    const nearest = tf.matMul(unit(keys), moCo.queue.keys, false, true).max(1).dataSync();
    for (const cosine of nearest) expect(cosine).toBeLessThan(1 - 1e-4);
    moCo.enqueue(keys);
    expect(gap(moCo.queue.keys.slice([0], [8]), unit(keys))).toBeLessThan(1e-6);
    expect(moCo.queue.keys.slice([8]).arraySync()).toEqual(before.slice(0, 12));
  });

  it('lets gradients reach every variable of the query network and none of the key network', () => {
    const moCo = model();
    const loss = () => moCo.loss(view1, view2).loss;
    // Asked for those of the key network as well.
    const { grads } = tf.variableGrads(loss, [...moCo.trainableVariables, ...moCo.keyVariables]);
    expect(Object.keys(grads)).toHaveLength(9 + 2 + 4);
    for (const { name } of moCo.trainableVariables) expect(grads).toHaveProperty([name]);
    for (const gradient of Object.values(grads)) {
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
      expect(gradient.abs().max().dataSync()[0]).toBeGreaterThan(0);
    }
  });

  it('takes another loss', () => {
    const given: number[][] = [];
    const loss: KeyLoss = (queries, keys, negatives, { temperature }) => {
      given.push(queries.shape, keys.shape, negatives.shape, [temperature]);
      return tf.scalar(7);
    };
    const { loss: found } = model({ loss, temperature: 0.3 }).loss(view1, view2);
    expect(found.dataSync()[0]).toBe(7);
    expect(given).toEqual([[8, 6], [8, 6], [20, 6], [0.3]]);
  });

  it('moves the weights of the key network only when told, and its moving averages by its own batches', () => {
    const moCo = model();
    const averages = (encoder: tf.LayersModel) =>
      encoder.weights.filter((w) => w.name.includes('moving_mean')).map((w) => w.read());
    const key = moCo.keyVariables.map((one) => one.arraySync());
    moCo.loss(view1, view2);
    expect(moCo.keyVariables.map((one) => one.arraySync())).toEqual(key);
    const [ofQuery, ofKey] = [averages(moCo.encoder)[0], averages(moCo.keyEncoder)[0]];
    expect(gap(ofQuery as tf.Tensor, ofKey as tf.Tensor)).toBeGreaterThan(1e-6);

    for (const one of moCo.trainableVariables) one.assign(one.add(1));
    moCo.updateKeyNetwork(0.75);
    moCo.keyVariables.forEach((one, index) => {
      expect(gap(one, tf.tensor(key[index] as number[]).add(0.25))).toBeLessThan(1e-6);
    });
    // Moving averages are not weights: the update leaves them alone.
    expect(gap(averages(moCo.keyEncoder)[0] as tf.Tensor, ofKey as tf.Tensor)).toBe(0);
  });

  it('normalises queries in runs of neighbours and keys among strangers', () => {
    // With batch norm, a row changes with its company and with nothing else.
    const moCo = model({ batchNormGroups: 4 });
    const other = random.uniform([1, 8, 8, 3]) as tf.Tensor4D;
    const changed = (make: (images: tf.Tensor4D) => tf.Tensor2D): number[] => {
      const replaced = tf.concat([other, view1.slice([1])]) as tf.Tensor4D;
      const change = make(view1).sub(make(replaced)).abs().max(1).dataSync();
      return [...change.keys()].filter((row) => (change[row] as number) > 1e-5);
    };
    expect(changed((images) => moCo.queries(images))).toEqual([0, 1]);
    expect(changed((images) => moCo.keys(images))).toEqual([0, 4]);
    const unshuffled = model({ batchNormGroups: 4, shuffleBatchNorm: false });
    expect(changed((images) => unshuffled.keys(images))).toEqual([0, 1]);
    const whole = model();
    expect(changed((images) => whole.keys(images))).toHaveLength(8);
  });

  it('takes an image alone where nothing is trained, whatever the groups', () => {
    const moCo = model({ batchNormGroups: 4 });
    const one = view1.slice([0], [1]) as tf.Tensor4D;
    const { projections } = moCo.call(one);
    expect(gap(moCo.queries(one, { training: false }), projections)).toBe(0);
    expect(gap(moCo.keys(one, { training: false }), projections)).toBe(0);
  });

  it('compares the features themselves without a head', () => {
    const moCo = model({ projectionHead: null });
    const { features, projections } = moCo.call(view1);
    expect(gap(features, projections)).toBe(0);
    expect(moCo.queue.keys.shape).toEqual([20, 16]);
    expect(moCo.weights).toHaveLength(2 * moCo.encoder.weights.length + 1);
  });

  it('refuses views of different shapes, groups that do not fit, and networks that end in maps', () => {
    const moCo = model({ batchNormGroups: 3 });
    expect(() => moCo.loss(view1, view2.slice([0], [4]))).toThrow(/view1.*view2.*equal shapes/);
    expect(() => moCo.loss(view1, view2)).toThrow(/batch of 8.*3 groups/);
    expect(() => model({ batchNormGroups: 0 })).toThrow(InvalidArgumentError);
    expect(() => model({ temperature: -1 })).toThrow(/temperature is -1/);
    const map = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [8, 8, 3] })],
    });
    expect(() => new MoCo({ encoder: map })).toThrow(/expected \[N, d\]/);
  });

  it('leaves what it returns and nothing else, and gives all back when disposed', () => {
    model().dispose();
    const empty = tf.memory().numTensors;
    const moCo = model({ batchNormGroups: 2 });
    const run = () => {
      const result = moCo.loss(view1, view2);
      moCo.enqueue(result.keys);
      moCo.updateKeyNetwork(0.9);
      tf.dispose({ ...result });
    };
    run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) run();
    expect(tf.memory().numTensors).toBe(before);
    moCo.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  });
});

describe('inBatchNormGroups', () => {
  const rows = tf.range(0, 12).reshape([12, 1, 1, 1]) as tf.Tensor4D;
  const centred = (part: tf.Tensor4D) => part.sub(part.mean()).reshape([-1, 1]) as tf.Tensor2D;

  it('gives each row back in its place, less the mean of its group', () => {
    const split = inBatchNormGroups(centred, rows, { groups: 3 }).dataSync();
    expect([...split]).toEqual([-1.5, -0.5, 0.5, 1.5, -1.5, -0.5, 0.5, 1.5, -1.5, -0.5, 0.5, 1.5]);
    const dealt = inBatchNormGroups(centred, rows, { groups: 3, dealt: true }).dataSync();
    expect([...dealt]).toEqual([-4.5, -4.5, -4.5, -1.5, -1.5, -1.5, 1.5, 1.5, 1.5, 4.5, 4.5, 4.5]);
  });

  it('refuses groups of one, which normalise to nothing', () => {
    expect(() => inBatchNormGroups(centred, rows, { groups: 12 })).toThrow(/2 or more each/);
  });
});

it('leaves no tensors where a network cannot be copied', () => {
  const encoder = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] })] });
  const projectionHead = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3] })],
  });
  vi.spyOn(projectionHead, 'getConfig').mockImplementation(() => {
    throw new Error('not to be copied');
  });
  const before = tf.memory().numTensors;
  expect(() => new MoCo({ encoder, projectionHead, queueSize: 8 })).toThrow();
  expect(tf.memory().numTensors).toBe(before);
  encoder.dispose();
  projectionHead.dispose();
});
