import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdamW,
  type StepInputs,
  type TrainingResult,
  type TrainingStep,
  tf,
  train,
  trainingStep,
} from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countingRows, type Rows } from './noisy-regression';

const data = countingRows(24);
const losses = ({ history }: TrainingResult): number[] => history.steps.map(({ loss }) => loss);
const numbers = (variables: readonly tf.Variable[]) =>
  variables.map((variable) => [...variable.dataSync()]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Trainee {
  readonly step: TrainingStep<Rows>;
  readonly weight: tf.Variable;
}
type Update = (gradient: tf.NamedTensorMap, inputs: StepInputs) => void;

/** A regression whose step tells no one what its state is. */
function trainee(optimizerOf: (weight: tf.Variable) => Update): Trainee {
  const weight = tf.tidy(() => tf.variable(tf.tensor2d([[0.3], [-0.2], [0.5]])));
  const update = optimizerOf(weight);
  const step = trainingStep<Rows>(({ rows, ...inputs }) => {
    const target = rows.slice([0, 2], [-1, 1]).mul(3);
    const { value, grads } = tf.variableGrads(
      () =>
        rows
          .matMul(weight as tf.Variable<tf.Rank.R2>)
          .sub(target)
          .square()
          .mean() as tf.Scalar,
      [weight],
    );
    update(grads, inputs);
    return { loss: value };
  });
  return { step, weight };
}

const ofTensorFlow = (make: () => tf.Optimizer) => (): Update => {
  const optimizer = make();
  return (grads) => optimizer.applyGradients(grads);
};

/** Gradient descent with a heavy ball, whose moment no list names. */
const heavyBall = (weight: tf.Variable): Update => {
  const moment = tf.tidy(() => tf.variable(tf.zerosLike(weight), false));
  return (grads, { learningRate }) =>
    tf.tidy(() => {
      moment.assign(moment.mul(0.9).add(grads[weight.name] as tf.Tensor));
      weight.assign(weight.sub(moment.mul(learningRate)));
    });
};

const OPTIMIZERS: Record<string, (weight: tf.Variable) => Update> = {
  'an unlisted moment': heavyBall,
  AdamW: (weight) => {
    const optimizer = new AdamW([weight]);
    return (grads, { learningRate }) => optimizer.applyGradients(grads, learningRate);
  },
  'tf.train.adam': ofTensorFlow(() => tf.train.adam(0.05)),
  'tf.train.momentum': ofTensorFlow(() => tf.train.momentum(0.05, 0.9)),
  'tf.train.rmsprop': ofTensorFlow(() => tf.train.rmsprop(0.02)),
  'tf.train.adadelta': ofTensorFlow(() => tf.train.adadelta(0.5)),
};

const run = (one: Trainee, more: object) =>
  train({ step: one.step, data, batchSize: 6, learningRate: 0.05, seed: 3, steps: 9, ...more });

describe.each(Object.entries(OPTIMIZERS))('a step with %s', (_, optimizerOf) => {
  /** The losses as a loop without the library computes them. */
  async function byHand(): Promise<number[]> {
    const visited: tf.Tensor2D[] = [];
    const recording = {
      ...data,
      batch: (indices: ArrayLike<number>) => {
        const { rows } = data.batch(indices);
        visited.push(rows.clone());
        return { rows };
      },
    };
    await run(trainee(optimizerOf), { data: recording, compile: false });
    const { step } = trainee(optimizerOf);
    return visited.slice(-9).map((rows, number) => {
      const seed = tf.tensor1d([3, number], 'int32');
      return step({ rows, seed, learningRate: tf.scalar(0.05) }).loss.dataSync()[0] as number;
    });
  }

  it('has equal losses by hand, eager, compiled and resumed', async () => {
    const expected = await byHand();
    for (const compile of [false, true]) {
      const straight = losses(await run(trainee(optimizerOf), { compile }));
      straight.forEach((loss, step) => {
        expect(loss).toBeCloseTo(expected[step] as number, 5);
      });
      const checkpoint = { file: join(folder, `${compile}`) };
      await run(trainee(optimizerOf), { compile, checkpoint, steps: 4 });
      const resumed = await run(trainee(optimizerOf), { compile, checkpoint, resume: true });
      // One process computes the same way twice: all that was lost would show.
      expect(losses(resumed)).toEqual(straight);
    }
  });

  it.each([false, true])('goes back with all of its state, compile: %s', async (compile) => {
    const one = trainee(optimizerOf);
    const { stopped } = await run(one, { compile, steps: 4 });
    expect(stopped).toBe('finished');
    const before = numbers(one.step.variables);
    expect(before.length).toBeGreaterThan(1);
    const poisoned = {
      size: 24,
      batch: () => ({ rows: tf.fill([6, 3], Number.NaN) as tf.Tensor2D }),
    };
    const ruined = await run(one, { compile, steps: 2, data: poisoned });
    expect(ruined.stopped).toBe('not-a-number');
    expect(numbers(one.step.variables)).toEqual(before);
  });
});

describe('the state of a step', () => {
  it('is what it assigns and reads, in the order of creation, found by train', async () => {
    const frozen = tf.variable(tf.scalar(2), false);
    const unused = tf.variable(tf.scalar(7), false);
    const one = trainee(heavyBall);
    const step = trainingStep<Rows>((inputs) => {
      const { loss } = one.step(inputs);
      return { loss: loss.mul(frozen) as tf.Scalar };
    });
    expect(step.variables).toEqual([]);
    await run({ ...one, step }, { steps: 1 });
    expect(step.variables.map(({ shape }) => shape)).toEqual([[], [3, 1], [3, 1]]);
    expect(step.variables[0]).toBe(frozen);
    expect(step.variables[1]).toBe(one.weight);
    tf.dispose([frozen, unused]);
  });

  it('restores what the step only reads, such as the weights of a frozen encoder', async () => {
    const checkpoint = { file: join(folder, 'frozen') };
    const made = [2, 5].map((value) => {
      const frozen = tf.variable(tf.scalar(value), false);
      const one = trainee(heavyBall);
      const step = trainingStep<Rows>((inputs) => ({
        loss: one.step(inputs).loss.mul(frozen) as tf.Scalar,
      }));
      return { ...one, step, frozen };
    }) as [Trainee & { frozen: tf.Variable }, Trainee & { frozen: tf.Variable }];
    await run(made[0], { steps: 3, checkpoint });
    await run(made[1], { steps: 5, checkpoint, resume: true });
    expect(made[1].frozen.dataSync()[0]).toBe(2);
  });

  it('includes variables that it is given besides', async () => {
    const besides = tf.variable(tf.scalar(4), false);
    const one = trainee(heavyBall);
    const step = trainingStep<Rows>([besides], one.step);
    const checkpoint = { file: join(folder, 'besides') };
    await run({ ...one, step }, { steps: 2, checkpoint });
    expect(step.variables).toContain(besides);
    besides.assign(tf.scalar(9));
    await run({ ...one, step }, { steps: 3, checkpoint, resume: true });
    expect(besides.dataSync()[0]).toBe(4);
  });

  it('is refused where a checkpoint would miss it, and the call undone', async () => {
    let moment: tf.Tensor = tf.keep(tf.zeros([3, 1]));
    const one = trainee((weight) => (grads) => {
      const old = moment;
      moment = tf.keep(tf.tidy(() => old.mul(0.9).add(grads[weight.name] as tf.Tensor)));
      old.dispose();
      weight.assign(tf.tidy(() => weight.sub(moment.mul(0.1))));
    });
    const start = numbers([one.weight]);
    const seen: number[][][] = [];
    await expect(
      run(one, { compile: false, onStep: () => seen.push(numbers([one.weight])) }),
    ).rejects.toThrow(
      /the step keeps a tensor in every call, made by add\(\) at .*step-state\.test\.ts.*checkpoint would miss/,
    );
    // The first call may be one that makes a table for all others.
    expect(seen).toHaveLength(1);
    expect(numbers([one.weight])).toEqual(seen[0]);
    expect(seen[0]).not.toEqual(start);
    const creating = trainee((weight) => (grads) => {
      const gradient = tf.variable(grads[weight.name] as tf.Tensor);
      weight.assign(tf.tidy(() => weight.sub(gradient.mul(0.1))));
    });
    await expect(run(creating, { compile: false })).rejects.toThrow(
      /the step creates a tf\.Variable in every call/,
    );
  });

  it('includes what an eager step begins to change later', async () => {
    const late = tf.variable(tf.scalar(1), false);
    const one = trainee(heavyBall);
    let calls = 0;
    const step = trainingStep<Rows>((inputs) => {
      if (++calls > 4) late.assign(tf.tidy(() => late.add(1)));
      return one.step(inputs);
    });
    await run({ ...one, step }, { steps: 4, compile: false });
    expect(step.variables).not.toContain(late);
    await run({ ...one, step }, { steps: 4, compile: false });
    expect(step.variables).toContain(late);
    late.dispose();
  });

  it('of a run of no steps can be saved', async () => {
    const checkpoint = { file: join(folder, 'none') };
    await run(trainee(heavyBall), { steps: 0, checkpoint, compile: false });
    const resumed = await run(trainee(heavyBall), { checkpoint, resume: true, compile: false });
    expect(losses(resumed)).toEqual(losses(await run(trainee(heavyBall), { compile: false })));
  });

  it('leaves no tensors beside the moments that the optimizer makes', async () => {
    const one = trainee(ofTensorFlow(() => tf.train.adam(0.05)));
    await run(one, { compile: false });
    const before = tf.memory().numTensors;
    for (const compile of [false, true]) {
      await run(one, { compile, checkpoint: { file: join(folder, 'memory') } });
      await run(one, { compile, checkpoint: { file: join(folder, 'memory') }, resume: true });
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
