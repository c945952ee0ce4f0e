import { SingularValueDecomposition } from 'ml-matrix';
import { effectiveRank, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** The definition, by a singular value decomposition in float64. */
function oracle(rows: number[][], smallestShare = 1e-6): number {
  const means = (rows[0] as number[]).map(
    (_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / rows.length,
  );
  const centred = rows.map((row) => row.map((x, k) => x - (means[k] as number)));
  const { diagonal } = new SingularValueDecomposition(centred, { autoTranspose: true });
  const total = diagonal.reduce((sum, value) => sum + value, 0);
  return Math.exp(
    -diagonal
      .map((value) => value / total)
      .filter((share) => share > smallestShare)
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

  it('sees small deviations beside a large mean', () => {
    const four = [
      [5001, 5000],
      [4999, 5000],
      [5000, 5001],
      [5000, 4999],
    ];
    expect(effectiveRank(tf.tensor2d(four))).toBeCloseTo(2, 6);
    const noise = new RandomStream([1, 1]).normal([500, 128]) as tf.Tensor2D;
    const shifted = noise.add(200) as tf.Tensor2D;
    expect(effectiveRank(shifted)).toBeCloseTo(oracle(shifted.arraySync(), 0), 3);
    // Of 500 numbers each, 128 alike directions come to about 123.5.
    expect(Math.abs(effectiveRank(shifted) - 123.5)).toBeLessThan(0.3);
  });

  it('counts directions whose squares float32 would lose', () => {
    const decay = tf.tensor1d(Array.from({ length: 128 }, (_, k) => 1 / (k + 1) ** 2));
    const z = new RandomStream([2, 1]).normal([600, 128]).mul(decay) as tf.Tensor2D;
    expect(effectiveRank(z)).toBeCloseTo(oracle(z.arraySync(), 0), 4);
    for (const scale of [1e-30, 1e15]) {
      expect(effectiveRank(z.mul(scale) as tf.Tensor2D)).toBeCloseTo(effectiveRank(z), 4);
    }
  });

  it('is 0 for equal rows, however large their values', () => {
    expect(effectiveRank(tf.fill([30, 7], 0.1))).toBe(0);
    expect(effectiveRank(tf.fill([30, 7], 12345.678))).toBe(0);
  });
});
