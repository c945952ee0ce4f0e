import { RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import {
  prepareMethod,
  type TwoViewMethod,
  type TwoViewRecipe,
} from '../../../studies/training/two-view-methods';

const SHARED: TwoViewRecipe = {
  viewSize: 8,
  hiddenDim: 6,
  projectionDim: 4,
  headBatchNorm: true,
};
const SIMSIAM = {
  method: 'SimSiam',
  predictorDim: 3,
  outputBatchNorm: true,
  stopGradient: true,
} as const;
const METHODS: readonly TwoViewMethod[] = [
  { method: 'SimCLR', temperature: 0.1 },
  { method: 'DCL', temperature: 0.1 },
  { method: 'MoCo', temperature: 0.1, queueSize: 16, momentum: 0.9 },
  SIMSIAM,
  { method: 'BYOL', predictorDim: 3, outputBatchNorm: true, momentum: 0.9 },
  { method: 'VICReg', invariance: 25, variance: 25, covariance: 1 },
  { method: 'Barlow Twins', redundancy: 0.005 },
];

/** The loss of one step on eight images, and the encoder's first kernel before and after it. */
function oneStep(method: TwoViewMethod) {
  const { encoder, model, step } = prepareMethod({ ...SHARED, ...method }, 5);
  const kernel = () => encoder.getWeights()[0]?.dataSync().slice() as Float32Array;
  const before = kernel();
  const loss = tf.tidy(() => {
    const images = new RandomStream([1, 2]).uniform([8, 8, 8, 3]) as tf.Tensor4D;
    const outputs = step({
      images,
      seed: tf.tensor1d([5, 0], 'int32'),
      learningRate: tf.scalar(0.01),
    });
    return outputs.loss.dataSync()[0] as number;
  });
  const after = kernel();
  model.dispose();
  return { before, after, loss };
}

describe('prepareMethod', () => {
  it('starts every method from the same encoder, and each step has a loss of its own', () => {
    const runs = METHODS.map(oneStep);
    for (const { before, after, loss } of runs) {
      expect(before).toEqual(runs[0]?.before);
      expect(after).not.toEqual(before);
      expect(Number.isFinite(loss)).toBe(true);
    }
    expect(new Set(runs.map(({ loss }) => loss)).size).toBe(METHODS.length);
  });

  it('lets the gradient of SimSiam through the targets where it is told so', () => {
    const [stopped, open] = [oneStep(SIMSIAM), oneStep({ ...SIMSIAM, stopGradient: false })];
    expect(open.loss).toBeCloseTo(stopped.loss, 5);
    expect(open.after).not.toEqual(stopped.after);
  });
});
