import { alignment, InvalidArgumentError, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const unit = (row: number[]): number[] => row.map((x) => x / Math.hypot(...row));

function oracle(z1: number[][], z2: number[][], power: number): number {
  const distances = z1.map((row, i) => {
    const other = unit(z2[i] as number[]);
    return Math.hypot(...unit(row).map((x, k) => x - (other[k] as number))) ** power;
  });
  return distances.reduce((sum, one) => sum + one, 0) / distances.length;
}

describe('alignment', () => {
  it.each([2, 1, 3])('equals a double loop, power %d', (power) => {
    const z1 = tf.randomNormal([7, 5], 0, 3, 'float32', 1) as tf.Tensor2D;
    const z2 = tf.randomNormal([7, 5], 1, 2, 'float32', 2) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    expect(alignment(z1, z2, power)).toBeCloseTo(oracle(z1.arraySync(), z2.arraySync(), power), 5);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([z1, z2]);
  });

  it('is 0 for views in one direction and 4 for opposite ones, whatever their length', () => {
    const z1 = tf.tensor2d([
      [1, 2],
      [3, -1],
    ]);
    const same = z1.mul(7) as tf.Tensor2D;
    const opposite = z1.mul(-0.5) as tf.Tensor2D;
    expect(alignment(z1, same)).toBeCloseTo(0, 6);
    expect(alignment(z1, opposite)).toBeCloseTo(4, 5);
    tf.dispose([z1, same, opposite]);
  });

  it.each([0, -2, Number.NaN, Number.POSITIVE_INFINITY])('refuses the power %d', (power) => {
    const z = tf.ones([4, 4]) as tf.Tensor2D;
    expect(() => alignment(z, z, power)).toThrow(`alignment: power is ${power}; expected a finite`);
    z.dispose();
  });

  it('refuses views of different shapes', () => {
    const [z1, z2] = [tf.zeros([2, 3]) as tf.Tensor2D, tf.zeros([3, 3]) as tf.Tensor2D];
    expect(() => alignment(z1, z2)).toThrow(InvalidArgumentError);
    tf.dispose([z1, z2]);
  });
});
