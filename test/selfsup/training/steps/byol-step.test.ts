import {
  AdamW,
  Byol,
  type ByolStepOptions,
  byolStep,
  momentumSchedule,
  projectionHead,
  RandomStream,
  SimSiam,
  tf,
  train,
  tutorialEncoder,
  twoViewStep,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { expectCompiledAsEager, gap } from './compiled-as-eager';
import { data, images, inputs, SIZE, views } from './small-image-run';

const parts = () => ({
  encoder: tutorialEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16 }),
  projectionHead: projectionHead({
    inputDim: 16,
    hiddenDim: 16,
    projectionDim: 8,
    outputBatchNorm: true,
  }),
  predictor: projectionHead({ inputDim: 8, hiddenDim: 4, projectionDim: 8, seed: 1 }),
});
function byol(momentum: ByolStepOptions['momentum']) {
  const model = new Byol(parts());
  const optimizer = new AdamW(model.trainableVariables);
  return { model, optimizer, step: byolStep({ model, optimizer, views, momentum }) };
}
function simSiam(stopGradient = true) {
  const model = new SimSiam({ ...parts(), stopGradient });
  const optimizer = new AdamW(model.trainableVariables, { weightDecay: 0 });
  return { model, optimizer, step: twoViewStep({ model, optimizer, views }) };
}
describe('byolStep', () => {
  it('moves the target network by the momentum of the step before anything else', () => {
    const { model, step } = byol({
      schedule: (number) => [0.25, 0.75][number] as number,
      totalSteps: 2,
    });
    for (const [number, m] of [
      [0, 0.25],
      [1, 0.75],
      [2, 0.75],
    ] as const) {
      const own = model.trainableVariables.map((one) => one.clone());
      const target = model.targetNetwork.variables.map((one) => one.clone());
      step(inputs(number));
      model.targetNetwork.variables.forEach((one, i) => {
        const expected = tf.add(
          tf.mul(target[i] as tf.Tensor, m),
          tf.mul(own[i] as tf.Tensor, 1 - m),
        );
        expect(gap(one, expected)).toBeLessThan(1e-6);
      });
    }
  });

  it('refuses a schedule that is none', () => {
    expect(() => byol({ schedule: () => 2, totalSteps: 3 })).toThrow(
      /byolStep: the momentum schedule gives 2 at step 0/,
    );
  });
});

describe.each([
  ['BYOL', () => byol({ schedule: momentumSchedule({ start: 0.5 }), totalSteps: 6 })],
  ['SimSiam', () => simSiam()],
] as const)('a step of %s', (_, trainee) => {
  it('computes the same compiled as eagerly, each time from the same state', () => {
    const { state, moved } = expectCompiledAsEager(trainee, { steps: 4, inputs });
    const { model, optimizer } = trainee();
    expect(state).toHaveLength(model.weights.length + optimizer.weights.length);
    expect(moved).toBeGreaterThan(1e-3);
  });

  it('learns', async () => {
    const { step } = trainee();
    const { history } = await train({
      step,
      data,
      batchSize: 16,
      steps: 40,
      learningRate: 2e-3,
      seed: 5,
    });
    const losses = history.steps.map(({ loss }) => loss);
    const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-8))).toBeLessThan(mean(losses.slice(0, 8)));
  });
});

describe('SimSiam without its stop-gradient', () => {
  it('gives all images one embedding, where with it they stay apart', async () => {
    const spreadAfter = async (stopGradient: boolean) => {
      const { model, step } = simSiam(stopGradient);
      // Fast enough that the collapse is over: half-way, the two are as far apart as rounding and order happen to put them.
      await train({ step, data, batchSize: 32, steps: 150, learningRate: 2e-2, seed: 5 });
      return tf.tidy(() => {
        const both = views(images, new RandomStream([7, 7]))[0];
        const { projections } = model.call(both);
        const unit = projections.div(tf.norm(projections, 2, 1, true));
        // 1 when directions are spread evenly, 0 when all are one.
        return tf.moments(unit, 0).variance.sum().dataSync()[0] as number;
      });
    };
    const [kept, collapsed] = [await spreadAfter(true), await spreadAfter(false)];
    // Over three seeds: 0.0002 to 0.0006 against 0.73 to 0.99.
    expect(collapsed).toBeLessThan(kept / 20);
  });
});
