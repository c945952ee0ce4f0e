import {
  AdamW,
  type BatchSource,
  projectionHead,
  RandomStream,
  SimClr,
  simClrAugmentation,
  simClrDiagnostics,
  simClrStep,
  type TrainingResult,
  tf,
  train,
  tutorialEncoder,
  twoViews,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const IMAGES = 48;
const views = twoViews(simClrAugmentation({ size: 16 }));

/** Coloured noise, smooth enough that views of one image resemble each other. */
function withImages<T>(
  use: (data: BatchSource<{ images: tf.Tensor4D }>) => Promise<T>,
): Promise<T> {
  const all = tf.tidy(() => {
    const coarse = new RandomStream([1, 2]).uniform([IMAGES, 4, 4, 3]) as tf.Tensor4D;
    return tf.image.resizeBilinear(coarse, [20, 20]);
  });
  const batch = (indices: ArrayLike<number>) => ({
    images: tf.tidy(() => tf.gather(all, tf.tensor1d(Array.from(indices), 'int32'))),
  });
  return use({ size: IMAGES, batch }).finally(() => all.dispose());
}

function smallSimClr(): { model: SimClr; optimizer: AdamW; dispose(): void } {
  const model = new SimClr({
    encoder: tutorialEncoder({ inputShape: [16, 16, 3], embeddingDim: 32 }),
    projectionHead: projectionHead({ inputDim: 32, hiddenDim: 32, projectionDim: 16 }),
    temperature: 0.2,
  });
  const optimizer = new AdamW(model.trainableVariables);
  return {
    model,
    optimizer,
    dispose: () => {
      model.dispose();
      optimizer.dispose();
    },
  };
}

const trainFor = (
  steps: number,
  compile: boolean,
): Promise<{ result: TrainingResult; weights: number[][] }> =>
  withImages(async (data) => {
    const { model, optimizer, dispose } = smallSimClr();
    const step = simClrStep({ model, optimizer, views });
    const result = await train({ step, data, batchSize: 16, steps, learningRate: 2e-3, compile });
    const weights = model.weights.map((weight) => [...weight.dataSync()]);
    dispose();
    return { result, weights };
  });

describe('simClrStep', () => {
  it.each([true, false])('refuses pictures of 0 to 255, compiled (%s)', async (compile) => {
    await withImages(async ({ size, batch }) => {
      const { model, optimizer, dispose } = smallSimClr();
      const step = simClrStep({ model, optimizer, views });
      const wide = (indices: ArrayLike<number>) => {
        const { images } = batch(indices);
        const scaled = images.mul<tf.Tensor4D>(255);
        images.dispose();
        return { images: scaled };
      };
      const training = train({
        step,
        data: { size, batch: wide },
        batchSize: 16,
        steps: 2,
        learningRate: 1e-3,
        compile,
      });
      await expect(training).rejects.toThrow(/got float values from .* to 25\d.*in \[0, 1\].*255/s);
      dispose();
    });
  });

  it('learns to find the other view, compiled as well as eagerly', async () => {
    const eager = await trainFor(20, false);
    const compiled = await trainFor(20, true);
    const losses = eager.result.history.steps.map(({ loss }) => loss);
    compiled.result.history.steps.forEach(({ loss }, k) => {
      expect(Math.abs(loss - (losses[k] as number))).toBeLessThan(5e-3);
    });
    const mean = (part: number[]): number => part.reduce((sum, one) => sum + one, 0) / part.length;
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 4)) - 0.3);
    expect(compiled.result.graph?.operations).toBeGreaterThan(100);
    // Every weight takes part, batch norm's moving averages included.
    const untrained = smallSimClr();
    untrained.model.weights.forEach((weight, k) => {
      expect([...weight.dataSync()], weight.name).not.toEqual(compiled.weights[k]);
    });
    untrained.dispose();
  });

  it('gives the same losses and weights twice, to the last bit', async () => {
    const one = await trainFor(6, true);
    const two = await trainFor(6, true);
    expect(two.result.history.steps.map(({ loss }) => loss)).toEqual(
      one.result.history.steps.map(({ loss }) => loss),
    );
    expect(two.weights).toEqual(one.weights);
  });

  it.each([true, false])('does not grow over many steps, compile: %s', async (compile) => {
    await withImages(async (data) => {
      const { model, optimizer, dispose } = smallSimClr();
      const step = simClrStep({ model, optimizer, views });
      const { images } = data.batch(Array.from({ length: 16 }, (_, i) => i));
      const measure = simClrDiagnostics({ model, images, views });
      const tensors: number[] = [];
      const before = tf.memory().numTensors;
      await train({
        step,
        data,
        batchSize: 8,
        steps: 40,
        learningRate: 1e-3,
        compile,
        diagnostics: { everySteps: 10, measure },
        onStep: () => tensors.push(tf.memory().numTensors),
      });
      expect(new Set(tensors).size).toBe(1);
      expect(tf.memory().numTensors).toBe(before);
      images.dispose();
      dispose();
    });
  });
});

describe('simClrDiagnostics', () => {
  it('sees the same views each time, and other ones with another seed', async () => {
    await withImages(async (data) => {
      const { model, dispose } = smallSimClr();
      const { images } = data.batch(Array.from({ length: 32 }, (_, i) => i));
      const measure = simClrDiagnostics({ model, images, views });
      const other = simClrDiagnostics({ model, images, views, seed: 1 });
      expect(measure()).toEqual(measure());
      expect(other()).not.toEqual(measure());
      images.dispose();
      dispose();
    });
  });
});

it.each([true, false])(
  'leaves no tensors where its optimizer is another model’s, compile: %s',
  (compile) =>
    withImages(async (data) => {
      const [one, other] = [smallSimClr(), smallSimClr()];
      const step = simClrStep({ model: one.model, optimizer: other.optimizer, views });
      const before = tf.memory().numTensors;
      await expect(
        train({ step, data, batchSize: 16, steps: 1, learningRate: 1e-3, compile }),
      ).rejects.toThrow();
      expect(tf.memory().numTensors).toBe(before);
      one.dispose();
      other.dispose();
    }),
);
