import {
  cosineSchedule,
  InvalidArgumentError,
  linearProbe,
  RandomStream,
  type RepresentationDiagnostics,
  setWorkLimit,
  type TrainOptions,
  tf,
  train,
  tsne,
} from 'selfsup';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { featuresOf } from '../../../lib/selfsup/src/evaluation/features-of';
import { ValidationLooks } from '../../../lib/selfsup/src/training/loop/validation-looks';
import { countingRows, noisyRegression, type Rows } from '../training/loop/noisy-regression';

afterEach(() => setWorkLimit(null));

const settings = {
  data: countingRows(20),
  batchSize: 6,
  learningRate: cosineSchedule({ peak: 0.1, warmupSteps: 3 }),
  seed: 7,
} as const;

async function trained(options: Partial<TrainOptions<Rows>> & { steps: number }) {
  const model = noisyRegression();
  const result = await train({ ...settings, step: model.step, ...options });
  const weight = [...model.weight.dataSync()];
  model.dispose();
  return { ...result, weight };
}

describe('setWorkLimit', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses %s', (most) => {
    expect(() => setWorkLimit(most)).toThrow(InvalidArgumentError);
  });

  it.each([true, false])(
    'train computes no more steps; the rest stays, compile: %s',
    async (compile) => {
      const whole = await trained({ steps: 14, compile });
      setWorkLimit(2);
      const steps: number[] = [];
      const limited = await trained({ steps: 14, compile, onStep: ({ step }) => steps.push(step) });
      setWorkLimit(null);
      const stop = new AbortController();
      const stopped = await trained({
        steps: 14,
        compile,
        signal: stop.signal,
        onStep: ({ step }) => step === 2 && stop.abort(),
      });
      expect(stopped.stepsDone).toBe(2);
      expect(limited.weight).toEqual(stopped.weight);
      expect(limited.weight).not.toEqual(whole.weight);
      expect([limited.stopped, limited.stepsDone]).toEqual(['finished', 14]);
      expect(limited.reason).toContain('with 2 of them, all that setWorkLimit allows');
      expect(whole.reason).not.toContain('setWorkLimit');
      expect(steps).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
      const [first, second, ...others] = limited.history.steps;
      expect(others.map(({ loss }) => loss)).toEqual(Array(12).fill(second?.loss));
      expect(first?.loss).not.toBe(second?.loss);
      const shapeOf = ({ history }: typeof whole) => ({
        steps: history.steps.map(({ step, epoch, learningRate }) => ({
          step,
          epoch,
          learningRate,
        })),
        epochs: history.epochs.map(({ step, epoch }) => ({ step, epoch })),
      });
      expect(shapeOf(limited)).toEqual(shapeOf(whole));
      const seconds = limited.history.steps.map((step) => step.seconds);
      expect(seconds.every((end, i) => i === 0 || end > (seconds[i - 1] as number))).toBe(true);
    },
  );

  it('looks come at their steps, and cost nothing where no step was computed', async () => {
    let number = 0;
    const measure = vi.fn(() => ({ deviation: number++ }) as unknown as RepresentationDiagnostics);
    setWorkLimit(3);
    const { history } = await trained({ steps: 13, diagnostics: { everySteps: 2, measure } });
    expect(history.diagnostics.map(({ step, deviation }) => [step, deviation])).toEqual([
      [0, 0],
      [2, 1],
      [4, 2],
      [6, 2],
      [8, 2],
      [10, 2],
      [12, 2],
      [13, 2],
    ]);
    expect(measure).toHaveBeenCalledTimes(3);
  });

  it('a validation look at weights that were not assigned is taken once', () => {
    const weight = tf.variable(tf.scalar(1));
    const measure = vi.fn(() => ({ accuracy: weight.dataSync()[0] as number, n: 4 }));
    const looks = new ValidationLooks([weight], { everySteps: 2, measure });
    for (let step = 1; step <= 8; step++) {
      if (step === 5) tf.tidy(() => weight.assign(tf.scalar(0.5)));
      looks.lookWhenDue(step, 8);
    }
    expect(looks.records).toEqual(
      [
        [2, 1],
        [4, 1],
        [6, 0.5],
        [8, 0.5],
      ].map(([step, accuracy]) => ({ step, accuracy, n: 4 })),
    );
    expect(measure).toHaveBeenCalledTimes(2);
    looks.restoreBest(8);
    expect(weight.dataSync()[0]).toBe(1);
    looks.dispose();
    weight.dispose();
  });

  it('features keep their number; those of later batches repeat the first ones', async () => {
    const model = vi.fn((rows: tf.Tensor2D) => rows.mul(2) as tf.Tensor2D);
    const batch = (indices: Int32Array) => tf.tensor2d(Array.from(indices, (i) => [i]));
    setWorkLimit(2);
    const before = tf.memory().numTensors;
    const features = await featuresOf({ size: 11, batch, model, batchSize: 3, unit: 'rows' });
    expect([...features.dataSync()]).toEqual([0, 2, 4, 6, 8, 10, 0, 2, 4, 6, 8]);
    expect(model).toHaveBeenCalledTimes(2);
    features.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('linearProbe and tsne do no more iterations', async () => {
    const features = new RandomStream([1, 1]).normal([60, 4]) as tf.Tensor2D;
    const labels = Array.from({ length: 60 }, (_, i) => i % 3);
    const probe = () =>
      linearProbe({
        ...{ trainFeatures: features, trainLabels: labels },
        ...{ validationFeatures: features, validationLabels: labels },
        strengths: [1e-3],
      });
    expect((await probe()).converged).toBe(true);
    setWorkLimit(1);
    expect((await probe()).converged).toBe(false);
    const totals: (number | null)[] = [];
    const map = await tsne(features, {
      perplexity: 5,
      onProgress: ({ total }) => totals.push(total),
    });
    expect(new Set(totals)).toEqual(new Set([1]));
    expect(map.shape).toEqual([60, 2]);
    tf.dispose([features, map]);
  });
});
