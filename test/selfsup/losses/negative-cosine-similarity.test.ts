import { negativeCosineSimilarity, stopGradient, tf } from 'selfsup';
import { compile } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

describe('negativeCosineSimilarity', () => {
  it('is the mean of the cosines, negative, whatever the lengths', () => {
    const p = tf.tensor2d([
      [3, 0],
      [1, 1],
    ]);
    const z = tf.tensor2d([
      [5, 0],
      [0, 1e-20],
    ]);
    expect(negativeCosineSimilarity(p, z).dataSync()[0]).toBeCloseTo(-(1 + Math.SQRT1_2) / 2, 6);
  });

  it('turns a prediction towards its target: the part of it at a right angle, over the length', () => {
    const gradient = tf.grad((p) =>
      negativeCosineSimilarity(
        p as tf.Tensor2D,
        tf.tensor2d([
          [0, 1],
          [1, 0],
        ]),
      ),
    )(
      tf.tensor2d([
        [2, 0],
        [5, 0],
      ]),
    );
    // Two rows: −(1/2) · [0, 1] / 2 for the first, nothing for the second, which points there.
    for (const [i, expected] of [0, -0.25, 0, 0].entries()) {
      expect(gradient.dataSync()[i]).toBeCloseTo(expected, 6);
    }
  });

  it('refuses shapes that differ', () => {
    const two = tf.ones<tf.Rank.R2>([2, 3]);
    expect(() => negativeCosineSimilarity(two, tf.ones([2, 4]))).toThrow(/equal shapes/);
  });
});

describe('stopGradient', () => {
  it('is a constant to the gradient, eagerly and compiled', () => {
    const w = tf.variable(tf.tensor1d([2, 3]));
    const gradient = () =>
      tf.tidy(() => {
        const product = () => stopGradient(w.square()).mul(w).sum() as tf.Scalar;
        return tf.variableGrads(product, [w]).grads[w.name] as tf.Tensor;
      });
    const compiled = compile(gradient);
    // d/dw of c·w is c = w²; without the stop it would be 3w².
    expect(Array.from(gradient().dataSync())).toEqual([4, 9]);
    expect(Array.from(compiled().dataSync())).toEqual([4, 9]);
    compiled.dispose();
  });
});
