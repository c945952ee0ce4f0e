import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CheckpointError,
  cosineSchedule,
  InvalidArgumentError,
  type Progress,
  type RepresentationDiagnostics,
  shuffledIndices,
  type TrainingResult,
  type TrainOptions,
  tf,
  train,
} from 'selfsup';
import { fastestPrecision, NotCompilableError } from 'tfjs-compile';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countingRows, noisyRegression, type Rows, sound } from './noisy-regression';

const data = countingRows(20);
const settings = { data, batchSize: 6, learningRate: 0.05, seed: 7, compile: false } as const;
const losses = ({ history }: TrainingResult): number[] => history.steps.map(({ loss }) => loss);

/** Trains a fresh model; gives back the result and the final weight. */
async function trainAfresh(
  options: Partial<TrainOptions<Rows>> & ({ steps: number } | { epochs: number }),
): Promise<{ result: TrainingResult; weight: number[] }> {
  const model = noisyRegression();
  try {
    const result = await train({ ...settings, step: model.step, ...options });
    return { result, weight: [...model.weight.dataSync()] };
  } finally {
    model.dispose();
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-train-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([true, false])('train, compile: %s', (compile) => {
  it('gives equal losses and weights for equal seeds, others for another seed', async () => {
    const one = await trainAfresh({ steps: 12, compile });
    const two = await trainAfresh({ steps: 12, compile });
    const other = await trainAfresh({ steps: 12, compile, seed: 8 });
    expect(two.result.history.steps.map(({ loss }) => loss)).toEqual(losses(one.result));
    expect(two.weight).toEqual(one.weight);
    expect(losses(other.result)).not.toEqual(losses(one.result));
    expect(one.result.graph === null).toBe(!compile);
  });

  it('resumes to the last bit, in the middle of an epoch', async () => {
    const file = join(folder, 'run.safetensors');
    const learningRate = cosineSchedule({ peak: 0.1, warmupSteps: 3 });
    const straight = await trainAfresh({ steps: 14, learningRate, compile });
    const stop = new AbortController();
    const first = await trainAfresh({
      steps: 14,
      learningRate,
      compile,
      checkpoint: { file },
      signal: stop.signal,
      onStep: ({ step }) => step === 5 && stop.abort(),
    });
    expect(first.result).toMatchObject({ stopped: 'interrupted', stepsDone: 5 });
    expect(first.result.reason).toMatch(/after 5 of 14 steps.*run\.safetensors.*resume: true/);
    const second = await trainAfresh({
      steps: 14,
      learningRate,
      compile,
      checkpoint: { file },
      resume: true,
    });
    expect(losses(second.result)).toEqual(losses(straight.result));
    expect(second.weight).toEqual(straight.weight);
    expect(second.result.history.epochs.map(({ meanLoss }) => meanLoss)).toEqual(
      straight.result.history.epochs.map(({ meanLoss }) => meanLoss),
    );
    expect(second.result).toMatchObject({ stopped: 'finished', stepsDone: 14 });
  });

  it('leaves no tensor behind, however it ends', async () => {
    const model = noisyRegression();
    const before = tf.memory().numTensors;
    const run = (more: Partial<TrainOptions<Rows>>) =>
      train({ ...settings, step: model.step, steps: 9, compile, ...more });
    await run({});
    await run({ signal: AbortSignal.abort() });
    await run({ learningRate: () => Number.NaN });
    await run({ checkpoint: { file: join(folder, 'a') } });
    await run({ checkpoint: { file: join(folder, 'a') }, resume: true, steps: 11 });
    const fail = () => {
      throw new Error('from a callback');
    };
    await expect(run({ onStep: fail })).rejects.toThrow('from a callback');
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('train', () => {
  it('equals, compiled, the eager run', async () => {
    const eager = await trainAfresh({ steps: 20 });
    const compiled = await trainAfresh({ steps: 20, compile: true });
    losses(compiled.result).forEach((loss, k) => {
      expect(loss).toBeCloseTo(losses(eager.result)[k] as number, 5);
    });
    compiled.weight.forEach((value, k) => {
      expect(value).toBeCloseTo(eager.weight[k] as number, 4);
    });
  });

  it('takes the precision to the compiled step, and refuses bfloat16 for an eager one', async () => {
    await expect(trainAfresh({ steps: 3, precision: 'bfloat16' })).rejects.toThrow(
      /precision is 'bfloat16' with compile: false/,
    );
    const precision = fastestPrecision();
    const exact = await trainAfresh({ steps: 3, compile: true });
    const rounded = await trainAfresh({ steps: 3, compile: true, precision });
    expect(rounded.weight[0]).toBeCloseTo(exact.weight[0] as number, 1);
    expect(losses(rounded.result).join() === losses(exact.result).join()).toBe(
      precision === 'float32',
    );
  });

  it('visits the examples in the order of seed and epoch, and leaves the rest of an epoch out', async () => {
    const visited: number[] = [];
    const recording = {
      size: 20,
      batch: (indices: ArrayLike<number>) => {
        visited.push(...Array.from(indices));
        return data.batch(indices);
      },
    };
    await trainAfresh({ data: recording, epochs: 2 });
    const expected = [0, 1].flatMap((epoch) => [...shuffledIndices(20, 7, epoch).slice(0, 18)]);
    expect(visited).toEqual(expected);
  });

  it('records steps, rates, metrics and epochs, and reports progress', async () => {
    const model = noisyRegression((loss) => ({ loss, rows: tf.scalar(6) }));
    const progress: Progress[] = [];
    const seen: string[] = [];
    const result = await train({
      ...settings,
      step: model.step,
      epochs: 2,
      learningRate: (step, total) => (step + 1) / total,
      onProgress: (one) => progress.push(one),
      onStep: ({ step }) => seen.push(`step ${step}`),
      onEpoch: ({ epoch }) => seen.push(`epoch ${epoch}`),
    });
    model.dispose();
    const { steps, epochs } = result.history;
    expect(result).toMatchObject({ stopped: 'finished', stepsDone: 6 });
    expect(result.reason).toBe('Finished after 6 steps. The weights are trained.');
    const one = await trainAfresh({ steps: 1 });
    expect(one.result.reason).toBe('Finished after 1 step. The weights are trained.');
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(
      [1, 2, 3, 4, 5, 6].map((s) => s / 6),
    );
    expect(steps[0]?.metrics).toEqual({ rows: 6 });
    expect(epochs.map(({ step }) => step)).toEqual([3, 6]);
    const second = losses(result).slice(3);
    expect(epochs[1]?.meanLoss).toBeCloseTo(second.reduce((sum, x) => sum + x, 0) / 3, 12);
    expect(seen.slice(2, 4)).toEqual(['step 3', 'epoch 0']);
    expect(progress.at(-1)).toMatchObject({ label: 'Training', done: 6, total: 6, unit: 'steps' });
    expect(progress.at(-1)?.message).toMatch(/^loss \d/);
    const seconds = steps.map((one) => one.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  it('stops on SIGINT, keeps the weights, and hands the signal back', async () => {
    const others = process.listeners('SIGINT');
    const outsider = vi.fn();
    process.on('SIGINT', outsider);
    const model = noisyRegression();
    const result = await train({
      ...settings,
      step: model.step,
      steps: 1000,
      onStep: ({ step }) => step === 4 && process.kill(process.pid, 'SIGINT'),
    });
    const straight = await trainAfresh({ steps: result.stepsDone });
    expect(result.stopped).toBe('interrupted');
    expect(result.stepsDone).toBeLessThan(50);
    expect([...model.weight.dataSync()]).toEqual(straight.weight);
    expect(outsider).not.toHaveBeenCalled();
    process.off('SIGINT', outsider);
    expect(process.listeners('SIGINT')).toEqual(others);
    model.dispose();
  });

  it('gives others the second SIGINT, and both of two runs at once the first', async () => {
    const outsider = vi.fn();
    process.on('SIGINT', outsider);
    const models = [noisyRegression(), noisyRegression()] as const;
    const interrupt = ({ step }: { step: number }): void => {
      // emit calls the listeners at once, as two signals during one long step would.
      if (step === 3) for (let times = 0; times < 2; times++) process.emit('SIGINT');
    };
    const results = await Promise.all([
      train({ ...settings, step: models[0].step, steps: 1000, onStep: interrupt }),
      train({ ...settings, step: models[1].step, steps: 1000 }),
    ]);
    expect(results.map(({ stopped }) => stopped)).toEqual(['interrupted', 'interrupted']);
    expect(outsider).toHaveBeenCalledTimes(1);
    process.off('SIGINT', outsider);
    for (const model of models) model.dispose();
  });

  it('goes back to the last good state when the loss is not a number', async () => {
    // The rate ruins the weights in step 5; the loss shows it in step 6.
    const learningRate = (step: number): number => (step === 4 ? 1e38 : 0.05);
    const model = noisyRegression();
    const result = await train({ ...settings, step: model.step, steps: 30, learningRate });
    const good = await trainAfresh({ steps: 4, learningRate });
    expect(result).toMatchObject({ stopped: 'not-a-number', stepsDone: 4 });
    expect(result.reason).toMatch(/The loss of step 6 is (NaN|Infinity).*state after step 4/);
    expect(losses(result)).toEqual(losses(good.result));
    expect([...model.weight.dataSync()]).toEqual(good.weight);
    model.dispose();
  });

  it('notices weights that are not numbers before they reach a checkpoint', async () => {
    const file = join(folder, 'run.safetensors');
    const learningRate = (step: number): number => (step === 4 ? Number.NaN : 0.05);
    const { result, weight } = await trainAfresh({
      steps: 5,
      learningRate,
      checkpoint: { file, everySteps: 1 },
    });
    const good = await trainAfresh({ steps: 4, learningRate });
    expect(result).toMatchObject({ stopped: 'not-a-number', stepsDone: 4 });
    expect(result.reason).toMatch(/After step 5 a weight is not a finite number/);
    expect(weight).toEqual(good.weight);
    const resumed = await trainAfresh({ steps: 4, checkpoint: { file }, resume: true });
    expect(resumed.weight).toEqual(good.weight);
  });

  it('does not look at weights that are not numbers, and still goes back', async () => {
    const learningRate = (step: number): number => (step === 4 ? Number.NaN : 0.05);
    let looks = 0;
    const { result } = await trainAfresh({
      steps: 5,
      learningRate,
      diagnostics: {
        everySteps: 1,
        measure: () => {
          looks++;
          return {
            alignment: 0.2,
            uniformity: -2,
            effectiveRank: 20,
            deviation: 0.9,
            contrastiveAccuracy: 0.5,
          };
        },
      },
    });
    expect(result).toMatchObject({ stopped: 'not-a-number', stepsDone: 4 });
    // Before the first step and after each of the four good ones.
    expect(looks).toBe(5);
  });

  it('undoes a step that fails half-way', async () => {
    const model = noisyRegression((loss, rows) => {
      if (rows.dataSync()[2] === -1) return { loss };
      throw new Error('after the update');
    });
    const before = [...model.weight.dataSync()];
    await expect(train({ ...settings, step: model.step, steps: 3 })).rejects.toThrow('after the');
    expect([...model.weight.dataSync()]).toEqual(before);
    model.dispose();
  });

  it('refuses to compile a step that reads a value, keeps the weights, and runs it with compile: false', async () => {
    const reading = noisyRegression((loss) => ({ loss: tf.scalar(loss.dataSync()[0] as number) }));
    const before = [...reading.weight.dataSync()];
    const run = (compile: boolean) => train({ ...settings, step: reading.step, steps: 2, compile });
    await expect(run(true)).rejects.toThrow(NotCompilableError);
    expect([...reading.weight.dataSync()]).toEqual(before);
    expect(await run(false)).toMatchObject({ stopped: 'finished' });
    reading.dispose();
  });

  it('looks at the representation before, during and after, and ends on a lasting collapse', async () => {
    const warned = { ...sound, warning: 'Collapsed: a test.' };
    const looks = [sound, warned, sound, warned, warned, warned];
    const measureFrom = (list: RepresentationDiagnostics[]) => {
      const rest = [...list];
      return () => rest.shift() as RepresentationDiagnostics;
    };
    const diagnostics = { everySteps: 2, stopOnCollapse: true };
    const steps: number[] = [];
    const { result } = await trainAfresh({
      steps: 100,
      diagnostics: { ...diagnostics, measure: measureFrom(looks) },
      onDiagnostics: ({ step }) => steps.push(step),
    });
    expect(result).toMatchObject({ stopped: 'collapsed', stepsDone: 8 });
    expect(result.reason).toBe('Stopped after 8 of 100 steps. Collapsed: a test.');
    expect(steps).toEqual([0, 2, 4, 6, 8]);
    const patient = await trainAfresh({
      steps: 5,
      diagnostics: { everySteps: 2, measure: () => warned },
    });
    expect(patient.result.stopped).toBe('finished');
    expect(patient.result.history.diagnostics.map(({ step }) => step)).toEqual([0, 2, 4, 5]);
  });

  it('stopped before its first step and resumed, it does not look at step 0 again', async () => {
    const checkpoint = { file: join(folder, 'run.safetensors') };
    const warned: RepresentationDiagnostics = {
      alignment: 0,
      uniformity: 0,
      effectiveRank: 1,
      deviation: 0,
      contrastiveAccuracy: 0,
      warning: 'Collapsed: a test.',
    };
    const diagnostics = { everySteps: 100, stopOnCollapse: true, measure: () => warned };
    const first = await trainAfresh({
      ...{ steps: 3, checkpoint, diagnostics },
      signal: AbortSignal.abort(),
    });
    expect(first.result.stepsDone).toBe(0);
    const resumed = await trainAfresh({ steps: 3, checkpoint, diagnostics, resume: true });
    const straight = await trainAfresh({ steps: 3, diagnostics });
    expect(resumed.result.history.diagnostics).toEqual(straight.result.history.diagnostics);
    expect(resumed.result).toMatchObject({ stopped: straight.result.stopped, stepsDone: 3 });
  });

  it('goes on after the last step of a run that is made longer, and does nothing when it is over', async () => {
    const checkpoint = { file: join(folder, 'run.safetensors') };
    await trainAfresh({ steps: 6, checkpoint });
    const longer = await trainAfresh({ steps: 9, checkpoint, resume: true });
    expect(losses(longer.result)).toEqual(losses((await trainAfresh({ steps: 9 })).result));
    const again = await trainAfresh({ steps: 9, checkpoint, resume: true });
    expect(again.result).toMatchObject({ stopped: 'finished', stepsDone: 9 });
    expect(again.weight).toEqual(longer.weight);
  });

  it('starts anew where resume finds no file, and where it is not asked to resume', async () => {
    const checkpoint = { file: join(folder, 'new', 'run.safetensors') };
    const first = await trainAfresh({ steps: 4, checkpoint, resume: true });
    const second = await trainAfresh({ steps: 4, checkpoint });
    expect(losses(second.result)).toEqual(losses(first.result));
    expect(existsSync(`${checkpoint.file}.partial`)).toBe(false);
  });

  it('refuses a checkpoint that is damaged or of another run, and keeps the weights', async () => {
    const file = join(folder, 'run.safetensors');
    const checkpoint = { file };
    await trainAfresh({ steps: 3, checkpoint });
    const resume = (more: Partial<TrainOptions<Rows>>) =>
      trainAfresh({ steps: 5, checkpoint, resume: true, ...more });
    await expect(resume({ seed: 8 })).rejects.toThrow(/run with seed 7; this one has seed 8/);
    await expect(resume({ batchSize: 5 })).rejects.toThrow(/batchSize 6; this one has batchSize 5/);
    await expect(resume({ data: countingRows(21) })).rejects.toThrow(/examples 20/);
    const bytes = await readFile(file);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
    await writeFile(file, bytes);
    await expect(resume({})).rejects.toThrow(CheckpointError);
    await expect(resume({})).rejects.toThrow(/is damaged: its SHA-256/);
  });

  it('says when a checkpoint cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const checkpoint = { file: join(folder, 'file', 'run.safetensors') };
    await expect(trainAfresh({ steps: 3, checkpoint })).rejects.toThrow(
      /run\.safetensors could not be written \(.*Check the folder's permissions/,
    );
  });

  it.each<[Partial<TrainOptions<Rows>>, RegExp]>([
    [{ batchSize: 0, steps: 1 }, /batchSize is 0; expected a whole number, 1 or more/],
    [{ batchSize: 21, steps: 1 }, /a batch of 21 does not fit into 20 examples/],
    [{}, /expected exactly one of the two/],
    [{ steps: 1, epochs: 1 }, /expected exactly one of the two/],
    [{ steps: 1.5 }, /steps is 1.5/],
    [{ steps: 1, seed: 2 ** 31 }, /seed is 2147483648/],
    [{ steps: 1, seed: -1 }, /seed is -1/],
    [{ steps: 1, resume: true }, /resume is true without a checkpoint/],
    [{ steps: 1, learningRate: -1 }, /learningRate is -1/],
  ])('refuses %o', async (options, message) => {
    const model = noisyRegression();
    const run = train({ ...settings, step: model.step, ...options });
    await expect(run).rejects.toThrow(InvalidArgumentError);
    await expect(run).rejects.toThrow(message);
    model.dispose();
  });

  it('refuses a step whose loss is missing or no scalar', async () => {
    const wide = noisyRegression((loss, rows) => ({ loss, rows }));
    await expect(train({ ...settings, step: wide.step, steps: 1 })).rejects.toThrow(
      /returned "rows" of shape \[6,3\]; expected a scalar/,
    );
    const silent = noisyRegression((loss) => ({ mse: loss }) as never);
    await expect(train({ ...settings, step: silent.step, steps: 1 })).rejects.toThrow(
      /returned mse; expected a scalar named loss/,
    );
    wide.dispose();
    silent.dispose();
  });
});
