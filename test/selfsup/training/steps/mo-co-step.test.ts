import {
  AdamW,
  MoCo,
  type MoCoStepOptions,
  moCoStep,
  momentumSchedule,
  projectionHead,
  RandomStream,
  tf,
  train,
  tutorialEncoder,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { expectCompiledAsEager, gap } from './compiled-as-eager';
import { data, inputs, SIZE, views } from './small-image-run';

function trainee(
  momentum: MoCoStepOptions['momentum'],
  {
    symmetric = false,
    batchNormGroups = 2,
  }: { symmetric?: boolean; batchNormGroups?: number } = {},
) {
  const model = new MoCo({
    encoder: tutorialEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16 }),
    projectionHead: projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 8 }),
    queueSize: 40,
    batchNormGroups,
  });
  const optimizer = new AdamW(model.trainableVariables);
  return { model, optimizer, step: moCoStep({ model, optimizer, views, momentum, symmetric }) };
}

describe('moCoStep', () => {
  it.each([{ symmetric: false }, { symmetric: true }])(
    'computes the same compiled as eagerly, each time from the same state, the queue and the schedule included, %o',
    (options) => {
      const momentum = { schedule: momentumSchedule({ start: 0.5 }), totalSteps: 12 };
      const make = () => trainee(momentum, options);
      const { state, moved } = expectCompiledAsEager(make, { steps: 12, inputs });
      const { model, optimizer } = make();
      expect(state).toHaveLength(model.weights.length + optimizer.weights.length);
      expect(moved).toBeGreaterThan(1e-2);
    },
  );

  it('takes the mean of both directions and queues the keys of both views when symmetric', () => {
    const { model, step } = trainee(1, { symmetric: true });
    const given = inputs(0);
    const [view1, view2] = views(given.images, new RandomStream([5, 0]));
    const [first, second] = [model.loss(view1, view2), model.loss(view2, view1)];
    const { grads } = tf.variableGrads(
      () => tf.add(model.loss(view1, view2).loss, model.loss(view2, view1).loss).div(2).asScalar(),
      model.trainableVariables,
    );
    const before = model.trainableVariables.map((one) => one.clone());
    const queue = model.queue.keys.clone();
    const { loss } = step(given);
    expect(gap(loss, tf.add(first.loss, second.loss).div(2))).toBeLessThan(1e-5);
    const unit = (x: tf.Tensor) => x.div(tf.norm(x, 2, 1, true));
    expect(gap(model.queue.keys.slice([0], [8]), unit(first.keys))).toBeLessThan(1e-5);
    expect(gap(model.queue.keys.slice([8], [8]), unit(second.keys))).toBeLessThan(1e-5);
    expect(gap(model.queue.keys.slice([16]), queue.slice([0], [24]))).toBe(0);
    // Adam's first step goes against the sign of the gradient, wherever that is not next to nothing.
    model.trainableVariables.forEach((one, index) => {
      const gradient = grads[one.name] as tf.Tensor;
      const against = one.sub(before[index] as tf.Tensor).mul(gradient);
      const clear = gradient.abs().greater(1e-4);
      expect(tf.where(clear, against, tf.zerosLike(against)).max().dataSync()[0]).toBeLessThan(
        1e-8,
      );
    });
  });

  it('updates the key network by the momentum of the step before anything else, the queue after the loss', () => {
    const momentum = { schedule: (step: number) => [0.25, 0.75][step] as number, totalSteps: 2 };
    const { model, step } = trainee(momentum);
    for (const [number, m] of [
      [0, 0.25],
      [1, 0.75],
      [2, 0.75],
    ] as const) {
      const [query, key] = [model.trainableVariables, model.keyVariables].map((all) =>
        all.map((one) => one.clone()),
      ) as unknown as [tf.Tensor[], tf.Tensor[]];
      const queue = model.queue.keys.clone();
      step(inputs(number));
      model.keyVariables.forEach((one, i) => {
        const expected = tf.add(
          tf.mul(key[i] as tf.Tensor, m),
          tf.mul(query[i] as tf.Tensor, 1 - m),
        );
        expect(gap(one, expected)).toBeLessThan(1e-6);
      });
      expect(gap(model.queue.keys.slice([8]), queue.slice([0], [32]))).toBe(0);
      expect(gap(model.queue.keys.slice([0], [8]), queue.slice([0], [8]))).toBeGreaterThan(0.1);
    }
  });

  it('counts as found what is nearer than the whole queue, by the queue before the step', () => {
    const { model, step } = trainee(0.9);
    // A queue of one direction opposite to everything cannot hide a positive: all are found.
    const given = inputs(0);
    const [view1] = views(given.images, new RandomStream([5, 0]));
    const away = tf.tidy(() => tf.neg(tf.mean(model.queries(view1), 0, true)).tile([40, 1]));
    model.queue.keys.assign(away as tf.Tensor2D);
    const { accuracy } = step(given);
    expect(accuracy?.dataSync()[0]).toBe(1);
  });

  it('learns to find the other view', async () => {
    const { model, optimizer, step } = trainee(0.9);
    const { history, graph } = await train({
      step,
      data,
      batchSize: 16,
      steps: 60,
      learningRate: 3e-3,
    });
    const mean = (from: number, to: number) =>
      history.steps.slice(from, to).reduce((sum, { loss }) => sum + loss, 0) / (to - from);
    expect(graph?.operations).toBeGreaterThan(100);
    expect(mean(50, 60)).toBeLessThan(mean(5, 15) - 0.2);
    expect(history.steps.at(-1)?.metrics.accuracy).toBeGreaterThan(0.1);
    model.dispose();
    optimizer.dispose();
  });

  it('refuses a momentum that is none', () => {
    expect(() => trainee({ schedule: () => 2, totalSteps: 3 })).toThrow(/gives 2 at step 0/);
    expect(() => trainee({ schedule: () => 1, totalSteps: 0 })).toThrow(/totalSteps is 0/);
  });
});
