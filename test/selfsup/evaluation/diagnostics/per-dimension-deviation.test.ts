import { perDimensionDeviation, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('perDimensionDeviation', () => {
  it('equals the definition', () => {
    const z = tf.randomNormal([11, 3], 1, 2, 'float32', 4) as tf.Tensor2D;
    const rows = z.arraySync().map((row) => row.map((x) => x / Math.hypot(...row)));
    const expected = [0, 1, 2].map((k) => {
      const column = rows.map((row) => row[k] as number);
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
      return Math.sqrt(3 * variance);
    });
    const before = tf.memory().numTensors;
    perDimensionDeviation(z).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k] as number, 5);
    });
    expect(tf.memory().numTensors).toBe(before);
    z.dispose();
  });

  it('is 1 everywhere for an even spread and 0 for one point', () => {
    const even = tf.tidy(() => tf.concat([tf.eye(4), tf.eye(4).neg()])) as tf.Tensor2D;
    const point = tf.ones([8, 4]) as tf.Tensor2D;
    expect([...perDimensionDeviation(even)].map((x) => Math.round(x * 1e5) / 1e5)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(Math.max(...perDimensionDeviation(point))).toBeLessThan(1e-6);
    tf.dispose([even, point]);
  });
});
