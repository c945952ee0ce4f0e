import { type FineTunable, fineTuneClassifier, InvalidArgumentError, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** A model and data that are neither images nor sentences: the sign of a wave's slope. */
class WaveClassifier implements FineTunable<tf.Tensor2D> {
  readonly classes = 2;
  readonly encoder = tf.variable(tf.randomNormal([4, 3], 0, 0.5, 'float32', 1));
  readonly head = tf.variable(tf.zeros([3, 2]));
  get encoderVariables() {
    return [this.encoder];
  }
  get headVariables() {
    return [this.head];
  }
  get weights() {
    return [this.encoder, this.head];
  }
  logits(waves: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => waves.matMul(this.encoder).relu().matMul(this.head) as tf.Tensor2D);
  }
}

const SIZE = 64;
const labels = Array.from({ length: SIZE }, (_, i) => i % 2);
const data = {
  size: SIZE,
  labels,
  batch: (indices: ArrayLike<number>) => ({
    waves: tf.tensor2d(
      Array.from(indices, (i) => [0, 1, 2, 3].map((t) => Math.sin(i) + (i % 2 ? 1 : -1) * t)),
    ),
    labels: tf.tensor1d(
      Array.from(indices, (i) => labels[i] as number),
      'int32',
    ),
  }),
};

describe('fineTuneClassifier', () => {
  it('trains a model of another kind on data of another kind, compiled', async () => {
    const classifier = new WaveClassifier();
    const { all, best } = await fineTuneClassifier({
      input: 'waves',
      classifier,
      data,
      steps: 150,
      learningRate: 0.05,
      batchSize: 32,
      validation: { data, everySteps: 50 },
    });
    expect(all?.stepsDone).toBe(150);
    expect(best?.accuracy).toBeGreaterThan(0.95);
    tf.dispose(classifier.weights);
  });

  it.each([0, 0.5])('with encoderRate %d changes the encoder only above 0', async (encoderRate) => {
    const classifier = new WaveClassifier();
    const before = classifier.encoder.dataSync().slice();
    await fineTuneClassifier({ input: 'waves', classifier, data, steps: 3, encoderRate });
    const isSame = classifier.encoder.dataSync().every((value, i) => value === before[i]);
    expect(isSame).toBe(encoderRate === 0);
    expect(classifier.head.abs().sum().dataSync()[0]).toBeGreaterThan(0);
    tf.dispose(classifier.weights);
  });

  it('names labels that the model has no class for, also in plain arrays', async () => {
    const classifier = new WaveClassifier();
    const strange = { ...data, labels: [0, 1, 2] };
    const failing = fineTuneClassifier({ input: 'waves', classifier, data: strange, steps: 1 });
    await expect(failing).rejects.toThrow(InvalidArgumentError);
    await expect(failing).rejects.toThrow(/fineTuneClassifier: data holds the label 2/);
    tf.dispose(classifier.weights);
  });

  it.each([-1, 0.5, Number.NaN])('refuses the label %d, in both splits', async (label) => {
    const classifier = new WaveClassifier();
    const strange = { ...data, labels: [0, 1, label] };
    const fit = { input: 'waves' as const, classifier, steps: 1 };
    await expect(fineTuneClassifier({ ...fit, data: strange })).rejects.toThrow(
      `data holds the label ${label}`,
    );
    await expect(
      fineTuneClassifier({ ...fit, data, validation: { data: strange, everySteps: 1 } }),
    ).rejects.toThrow(`validation.data holds the label ${label}`);
    tf.dispose(classifier.weights);
  });

  it('gives each stage batches and draws of its own', async () => {
    const classifier = new WaveClassifier();
    const batches: string[] = [];
    const draws: number[] = [];
    const validation = { ...data };
    const recorded = {
      ...data,
      batch: (indices: ArrayLike<number>) => {
        batches.push(Array.from(indices).join());
        return data.batch(indices);
      },
    };
    const run = () =>
      fineTuneClassifier({
        input: 'waves',
        classifier,
        data: recorded,
        headSteps: 3,
        steps: 3,
        batchSize: 8,
        seed: 7,
        compile: false,
        augmentation: (waves, random) => {
          draws.push(random.uniform([1]).dataSync()[0] as number);
          return waves.clone();
        },
        validation: { data: validation, everySteps: 3, coolDown: 0.5 },
      });
    const { head, all, coolDown } = await run();
    const steps = [head, all, coolDown].reduce((sum, stage) => sum + (stage?.stepsDone ?? 0), 0);
    expect(steps).toBeGreaterThan(7);
    expect(batches).toHaveLength(steps);
    expect(new Set(batches).size).toBe(steps);
    expect(draws).toHaveLength(steps);
    expect(new Set(draws).size).toBe(steps);
    const [once, drawnOnce] = [batches.splice(0), draws.splice(0)];
    classifier.encoder.assign(tf.randomNormal([4, 3], 0, 0.5, 'float32', 1));
    classifier.head.assign(tf.zeros([3, 2]));
    await run();
    expect([batches, draws]).toEqual([once, drawnOnce]);
    tf.dispose(classifier.weights);
  });

  it('transforms held-out examples once for all looks, and leaves tensors of the source to it', async () => {
    const classifier = new WaveClassifier();
    const all = data.batch(Array.from({ length: SIZE }, (_, i) => i));
    const before = tf.memory().numTensors;
    let transformed = 0;
    const { validations } = await fineTuneClassifier({
      input: 'waves',
      classifier,
      data,
      steps: 6,
      batchSize: 8,
      validation: {
        data: { ...data, batch: () => all },
        everySteps: 2,
        transform: (waves) => {
          transformed += 1;
          return waves.mul(1);
        },
      },
    });
    expect([validations.length, transformed]).toEqual([3, 1]);
    expect(all.waves.dataSync()).toHaveLength(4 * SIZE);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...classifier.weights, all.waves, all.labels]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 31])('refuses the seed %d before any stage', async (seed) => {
    const classifier = new WaveClassifier();
    const fit = { input: 'waves' as const, classifier, data, headSteps: 1, steps: 1, seed };
    await expect(fineTuneClassifier(fit)).rejects.toThrow(
      `fineTuneClassifier: seed is ${seed}; expected a whole number from 0 to 2147483647`,
    );
    expect(classifier.head.abs().sum().dataSync()[0]).toBe(0);
    tf.dispose(classifier.weights);
  });
});
