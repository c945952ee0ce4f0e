import { barlowTwinsLoss, InvalidArgumentError, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { finiteDifferences } from './finite-differences';

function pair(pairs: number, width: number): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([5, pairs]);
  const view = () => random.normal([pairs, width]).mul(3).add(1) as tf.Tensor2D;
  return [view(), view()];
}
const numberOf = (loss: tf.Scalar) => loss.dataSync()[0] as number;

/** Algorithm 1 of the paper in double precision, one correlation after the other. */
function algorithm1(z1: number[][], z2: number[][], redundancy: number): number {
  const n = z1.length;
  const standardised = (z: number[][], j: number) => {
    const values = z.map((row) => row[j] as number);
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    return values.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
  };
  let loss = 0;
  (z1[0] as number[]).forEach((_, j) => {
    (z2[0] as number[]).forEach((_, k) => {
      const [a, b] = [standardised(z1, j), standardised(z2, k)];
      const correlation = a.reduce((sum, v, i) => sum + v * (b[i] as number), 0) / n;
      loss += j === k ? (1 - correlation) ** 2 : redundancy * correlation ** 2;
    });
  });
  return loss;
}

describe('barlowTwinsLoss', () => {
  it.each([
    [2, 3, 0.005],
    [8, 4, 1],
    [16, 40, 0.005],
  ])('equals Algorithm 1 for %d pairs of %d numbers, λ %d', (pairs, width, redundancy) => {
    const [z1, z2] = pair(pairs, width);
    const expected = algorithm1(z1.arraySync(), z2.arraySync(), redundancy);
    expect(numberOf(barlowTwinsLoss(z1, z2, { redundancy })) / expected).toBeCloseTo(1, 4);
  });

  it('is 0 for equal views of uncorrelated dimensions, and their number when nothing varies', () => {
    const z = tf.tensor2d([
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]);
    expect(numberOf(barlowTwinsLoss(z, z))).toBeLessThan(1e-9);
    // Dimensions that say the same: both correlations beside the diagonal are 1.
    const twice = tf.tensor2d([
      [1, 1],
      [-1, -1],
    ]);
    expect(numberOf(barlowTwinsLoss(twice, twice, { redundancy: 0.5 }))).toBeCloseTo(1, 4);
    const point = tf.ones<tf.Rank.R2>([4, 3]);
    expect(numberOf(barlowTwinsLoss(point, point))).toBeCloseTo(3, 5);
  });

  it('does not depend on the scale and offset of the dimensions', () => {
    const [z1, z2] = pair(9, 5);
    const moved = z1.mul(tf.tensor1d([1, 2, 3, 40, 0.5])).add(2) as tf.Tensor2D;
    expect(numberOf(barlowTwinsLoss(moved, z2))).toBeCloseTo(numberOf(barlowTwinsLoss(z1, z2)), 4);
  });

  it('has the gradient of finite differences, finite where everything is one point', () => {
    const [z1, z2] = pair(5, 3);
    const gradient = tf.grad((z) => barlowTwinsLoss(z as tf.Tensor2D, z2))(z1);
    const expected = finiteDifferences(z1.arraySync(), (moved) =>
      algorithm1(moved, z2.arraySync(), 0.005),
    );
    expect(expected).toHaveLength(gradient.size);
    expected.forEach((one, i) => {
      expect(gradient.dataSync()[i]).toBeCloseTo(one, 4);
    });
    const point = tf.ones<tf.Rank.R2>([4, 3]);
    const atPoint = tf.grad((z) => barlowTwinsLoss(z as tf.Tensor2D, point))(point);
    expect(atPoint.isFinite().all().dataSync()[0]).toBe(1);
  });

  it('says what is wrong with its input', () => {
    const [z1, z2] = pair(4, 3);
    expect(() => barlowTwinsLoss(z1, pair(5, 3)[1])).toThrow(InvalidArgumentError);
    expect(() => barlowTwinsLoss(z1, z2, { redundancy: -1 })).toThrow(/weight redundancy is -1/);
  });
});
