import {
  AdamW,
  ntXentLoss,
  projectionHead,
  RandomStream,
  SimClr,
  simClrStep,
  tf,
  tutorialEncoder,
  tutorialViews,
} from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const random = new RandomStream([9, 9]);
const view1 = random.uniform([8, 24, 24, 3]) as tf.Tensor4D;
const view2 = random.uniform([8, 24, 24, 3]) as tf.Tensor4D;
const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0] as number;

function model(seed = 1, options: { head?: boolean; temperature?: number } = {}): SimClr {
  const { head = true, temperature = 0.5 } = options;
  return new SimClr({
    encoder: tutorialEncoder({ embeddingDim: 16, seed }),
    projectionHead: head
      ? projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 8, seed })
      : null,
    temperature,
  });
}

describe('SimClr', () => {
  it('projects features by the head', () => {
    const simClr = model();
    const { features, projections } = simClr.call(view1);
    expect(features.shape).toEqual([8, 16]);
    expect(gap(features, simClr.encoder.predict(view1) as tf.Tensor)).toBeLessThan(1e-6);
    expect(gap(projections, simClr.projectionHead?.predict(features) as tf.Tensor)).toBeLessThan(
      1e-6,
    );
  });

  it('computes NT-Xent of the projections of both views, with its temperature', () => {
    const simClr = model(1, { temperature: 0.1 });
    const { loss, z1, z2, features } = simClr.loss(view1, view2, { training: false });
    expect(z1.shape).toEqual([8, 8]);
    expect(features.shape).toEqual([16, 16]);
    expect(gap(z1, simClr.call(view1).projections)).toBeLessThan(1e-5);
    expect(gap(z2, simClr.call(view2).projections)).toBeLessThan(1e-5);
    expect(gap(loss, ntXentLoss(z1, z2, { temperature: 0.1 }))).toBeLessThan(1e-6);
  });

  it('compares the features themselves without a head', () => {
    const simClr = model(1, { head: false });
    const { features, projections } = simClr.call(view1);
    expect(gap(features, projections)).toBe(0);
    expect(simClr.weights).toHaveLength(simClr.encoder.weights.length);
  });

  it('updates moving averages in training only', () => {
    const simClr = model();
    const averages = () => simClr.weights.filter((w) => w.name.includes('moving_mean'));
    expect(averages()).toHaveLength(3);
    simClr.call(view1);
    expect(gap(averages()[0] as tf.Variable, tf.zeros([32]))).toBe(0);
    simClr.loss(view1, view2);
    expect(gap(averages()[0] as tf.Variable, tf.zeros([32]))).toBeGreaterThan(0);
  });

  it('gives every trainable variable a gradient', () => {
    const simClr = model();
    const { grads } = tf.variableGrads(
      () => simClr.loss(view1, view2).loss,
      simClr.trainableVariables,
    );
    // Encoder: three kernels with a scale and an offset each, dense kernel and bias; head: two kernels and biases.
    expect(Object.keys(grads)).toHaveLength(9 + 2 + 4);
    for (const gradient of Object.values(grads)) {
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
    }
    expect(simClr.weights).toHaveLength(15 + 6);
  });

  it('trains in a compiled step as in an eager one: the same losses, falling', () => {
    const losses = [false, true].map((inGraph) => {
      const simClr = model(3);
      const optimizer = new AdamW(simClr.trainableVariables);
      const step = simClrStep({ model: simClr, optimizer, views: tutorialViews() });
      // Eight images of one colour each, which is all there is to find.
      const colours = new RandomStream([1, 1]).uniform([8, 1, 1, 3]);
      const images = tf.tile(colours, [1, 32, 32, 1]) as tf.Tensor4D;
      const compiled = compile(step);
      const run = inGraph ? compiled : step;
      const found = Array.from({ length: 8 }, (_, i) => {
        const inputs = {
          images,
          seed: tf.tensor1d([5, i], 'int32'),
          learningRate: tf.scalar(3e-3),
        };
        return run(inputs).loss.dataSync()[0] as number;
      });
      compiled.dispose();
      simClr.dispose();
      return found;
    });
    const [eager, graph] = losses as [number[], number[]];
    for (const [i, loss] of graph.entries()) expect(loss).toBeCloseTo(eager[i] as number, 2);
    expect(Math.min(...eager.slice(-3))).toBeLessThan((eager[0] as number) - 0.2);
  });

  it('refuses views of different shapes', () => {
    const small = view2.slice([0], [4]) as tf.Tensor4D;
    expect(() => model().loss(view1, small)).toThrow(/view1.*view2.*equal shapes/);
  });

  it('leaves what it returns and nothing else, and gives all back when disposed', () => {
    model().dispose();
    const empty = tf.memory().numTensors;
    const simClr = model();
    tf.dispose({ ...simClr.loss(view1, view2) });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      tf.dispose({ ...simClr.loss(view1, view2) });
      tf.dispose({ ...simClr.call(view1) });
    }
    expect(tf.memory().numTensors).toBe(before);
    simClr.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  });
});
