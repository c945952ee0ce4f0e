import { SingularValueDecomposition } from 'ml-matrix';
import { RandomStream, singularValues, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** By a singular value decomposition in float64. */
function oracle(rows: number[][]): number[] {
  const means = (rows[0] as number[]).map(
    (_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / rows.length,
  );
  const centred = rows.map((row) => row.map((x, k) => x - (means[k] as number)));
  return new SingularValueDecomposition(centred, { autoTranspose: true }).diagonal;
}

describe('singularValues', () => {
  it.each([
    [40, 6],
    [6, 40],
    [10, 10],
  ])('equals the singular value decomposition of [%d, %d]', (count, dimensions) => {
    const z = new RandomStream([1, count]).normal([count, dimensions], 2) as tf.Tensor2D;
    const found = singularValues(z);
    const expected = oracle(z.arraySync());
    expect(found).toHaveLength(Math.min(count, dimensions));
    found.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k] as number, 3);
    });
  });

  it('is √N times the standard deviation along each direction, largest first', () => {
    const deviations = [1, 4, 2];
    const z = new RandomStream([2, 0]).normal([20_000, 3]).mul(tf.tensor1d(deviations));
    const found = singularValues(z as tf.Tensor2D).map((value) => value / Math.sqrt(20_000));
    [4, 2, 1].forEach((deviation, k) => {
      expect(Math.abs((found[k] as number) / deviation - 1)).toBeLessThan(0.03);
    });
  });

  it('is 0 along directions that are not used, wherever the centre lies', () => {
    const used = new RandomStream([3, 0]).normal([50, 2]) as tf.Tensor2D;
    const mixing = new RandomStream([4, 0]).normal([2, 8]) as tf.Tensor2D;
    const found = singularValues(tf.matMul(used, mixing).add(30) as tf.Tensor2D);
    expect(found.slice(0, 2).every((value) => value > 1)).toBe(true);
    expect(found.slice(2).every((value) => value < 1e-3)).toBe(true);
    expect(singularValues(tf.fill([20, 4], 0.1))).toEqual([0, 0, 0, 0]);
  });

  it('is NaN where a value is not finite', () => {
    const z = tf.tensor2d([
      [1, 2],
      [Number.POSITIVE_INFINITY, 0],
      [0, 1],
    ]);
    expect(singularValues(z)).toEqual([Number.NaN, Number.NaN]);
  });

  it('leaves no tensors', () => {
    const z = tf.eye(4);
    const before = tf.memory().numTensors;
    singularValues(z);
    expect(tf.memory().numTensors).toBe(before);
  });
});
