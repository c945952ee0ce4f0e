import { InvalidArgumentError, tf, uniformity } from 'selfsup';
import { describe, expect, it } from 'vitest';

function oracle(rows: number[][], t: number): number {
  const unit = rows.map((row) => row.map((x) => x / Math.hypot(...row)));
  let sum = 0;
  unit.forEach((a, i) => {
    unit.forEach((b, j) => {
      if (i === j) return;
      sum += Math.exp(-t * a.reduce((total, x, k) => total + (x - (b[k] as number)) ** 2, 0));
    });
  });
  return Math.log(sum / (rows.length * (rows.length - 1)));
}

describe('uniformity', () => {
  it.each([2, 0.5])('equals a double loop, t = %d', (t) => {
    const z = tf.randomNormal([9, 4], 0.5, 2, 'float32', 3) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    expect(uniformity(z, t)).toBeCloseTo(oracle(z.arraySync(), t), 5);
    expect(tf.memory().numTensors).toBe(before);
    z.dispose();
  });

  it('is 0 for one point and −2t·d/(d − 1) for the corners of a simplex, the most even spread', () => {
    const d = 8;
    const point = tf.ones([6, 4]) as tf.Tensor2D;
    const simplex = tf.tidy(() => tf.eye(d).sub(1 / d)) as tf.Tensor2D;
    expect(uniformity(point)).toBeCloseTo(0, 5);
    expect(uniformity(simplex)).toBeCloseTo((-4 * d) / (d - 1), 4);
    tf.dispose([point, simplex]);
  });

  it.each([0, -2, Number.NaN, Number.POSITIVE_INFINITY])('refuses t = %d', (t) => {
    const z = tf.ones([4, 4]) as tf.Tensor2D;
    expect(() => uniformity(z, t)).toThrow(`uniformity: t is ${t}; expected a finite number`);
    z.dispose();
  });

  it('does not depend on the lengths of the rows, however short or long', () => {
    const z = tf.randomNormal([9, 4], 0.5, 2, 'float32', 3) as tf.Tensor2D;
    for (const scale of [1e-30, 1e-7, 1e13, 1e19]) {
      const scaled = z.mul(scale) as tf.Tensor2D;
      expect(uniformity(scaled)).toBeCloseTo(oracle(z.arraySync(), 2), 5);
      scaled.dispose();
    }
    z.dispose();
  });

  it('refuses a single representation', () => {
    const z = tf.ones([1, 4]) as tf.Tensor2D;
    expect(() => uniformity(z)).toThrow(InvalidArgumentError);
    z.dispose();
  });
});

it('is not lost where every potential is smaller than float32 holds', () => {
  const opposite = tf.tensor2d([
    [1, 0],
    [-1, 0],
  ]);
  // ‖u − u′‖² = 4, so the logarithm of exp(−50 · 4).
  expect(uniformity(opposite, 50)).toBeCloseTo(-200, 3);
  opposite.dispose();
});
