import { SingularValueDecomposition } from 'ml-matrix';
import { effectiveRank, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** The definition, by a singular value decomposition in float64. */
function oracle(rows: number[][]): number {
  const means = (rows[0] as number[]).map(
    (_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / rows.length,
  );
  const centred = rows.map((row) => row.map((x, k) => x - (means[k] as number)));
  const { diagonal } = new SingularValueDecomposition(centred, { autoTranspose: true });
  const total = diagonal.reduce((sum, value) => sum + value, 0);
  return Math.exp(
    -diagonal
      .map((value) => value / total)
      .filter((share) => share > 1e-6)
      .reduce((sum, share) => sum + share * Math.log(share), 0),
  );
}

describe('effectiveRank', () => {
  it.each([
    [40, 6],
    [6, 40],
    [10, 10],
  ])('equals the singular value decomposition of [%d, %d]', (count, dimensions) => {
    const z = tf.randomNormal([count, dimensions], 2, 1, 'float32', 5) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    expect(effectiveRank(z)).toBeCloseTo(oracle(z.arraySync()), 2);
    expect(tf.memory().numTensors).toBe(before);
    z.dispose();
  });

  it('is r where r directions are used alike, wherever the centre lies', () => {
    for (const r of [1, 3, 8]) {
      const z = tf.tidy(() => {
        const corners = tf.concat([tf.eye(r), tf.eye(r).neg()]);
        return corners
          .pad([
            [0, 0],
            [0, 8 - r],
          ])
          .add(3);
      }) as tf.Tensor2D;
      expect(effectiveRank(z)).toBeCloseTo(r, 3);
      z.dispose();
    }
  });

  it('is 0 where all representations are equal, also after rounding', () => {
    const z = tf.tidy(() => tf.ones([20, 16]).mul(0.1)) as tf.Tensor2D;
    expect(effectiveRank(z)).toBe(0);
    z.dispose();
  });

  it('is NaN where a value is', () => {
    expect(
      effectiveRank(
        tf.tensor2d([
          [1, 2],
          [Number.NaN, 0],
          [0, 1],
        ]),
      ),
    ).toBeNaN();
  });
});
