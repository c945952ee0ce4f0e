import { InvalidArgumentError, infoNceBound, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const boundOf = (scores: tf.Tensor2D) =>
  tf.tidy(() => infoNceBound(scores).dataSync()[0] as number);

/** The definition as a loop over rows, in double precision. */
function naive(scores: number[][]): number {
  const terms = scores.map((row, i) => {
    const denominator = row.reduce((sum, score) => sum + Math.exp(score), 0);
    return Math.log(Math.exp(row[i] as number) / denominator);
  });
  return Math.log(scores.length) + terms.reduce((sum, term) => sum + term, 0) / scores.length;
}

/** Mean bound of pairs of `d` normal variables with correlation ρ, scored by the best critic; and their mutual information. */
function ofGaussians({ rho, d = 5, pairs = 32, batches = 60 }: Record<string, number>) {
  const r = rho as number;
  const bounds = Array.from({ length: batches }, (_, batch) =>
    tf.tidy(() => {
      const random = new RandomStream([7, batch]);
      const x = random.normal([pairs, d]) as tf.Tensor2D;
      const y = x.mul(r).add(random.normal([pairs, d]).mul(Math.sqrt(1 - r * r))) as tf.Tensor2D;
      // ln p(y | x) − ln p(y), without what depends on x alone.
      const scores = tf
        .matMul(x, y, false, true)
        .mul(r)
        .sub(
          y
            .square()
            .sum(1)
            .mul((r * r) / 2),
        )
        .div(1 - r * r);
      return infoNceBound(scores as tf.Tensor2D).dataSync()[0] as number;
    }),
  );
  return {
    bound: bounds.reduce((sum, value) => sum + value, 0) / batches,
    information: -(d / 2) * Math.log(1 - r * r),
  };
}

describe('infoNceBound', () => {
  it('equals the definition', () => {
    for (const [count, scale] of [
      [2, 1],
      [7, 5],
      [30, 0.1],
    ] as const) {
      const scores = new RandomStream([1, count]).normal([count, count]).mul(scale) as tf.Tensor2D;
      expect(boundOf(scores)).toBeCloseTo(naive(scores.arraySync()), 5);
    }
  });

  it('is 0 where the scores say nothing, and ln N where every pair is certain', () => {
    for (const count of [2, 16, 128]) {
      expect(boundOf(tf.fill([count, count], 3))).toBeCloseTo(0, 5);
      expect(boundOf(tf.eye(count).mul(1000) as tf.Tensor2D)).toBeCloseTo(Math.log(count), 5);
    }
  });

  it('does not change with what depends on the row alone, and stays finite', () => {
    const scores = new RandomStream([2, 2]).normal([12, 12]) as tf.Tensor2D;
    const shifted = scores.add(tf.range(0, 12).reshape([12, 1]).mul(500)) as tf.Tensor2D;
    expect(boundOf(shifted)).toBeCloseTo(boundOf(scores), 3);
  });

  it('lies below the mutual information of Gaussians: close where ln N leaves room, at most ln N where not', () => {
    const weak = ofGaussians({ rho: 0.3 });
    expect(weak.bound).toBeLessThan(weak.information + 0.03);
    expect(weak.bound).toBeGreaterThan(weak.information - 0.1);
    const strong = ofGaussians({ rho: 0.99 });
    expect(strong.information).toBeGreaterThan(2 * Math.log(32));
    expect(strong.bound).toBeLessThanOrEqual(Math.log(32));
    expect(strong.bound).toBeGreaterThan(Math.log(32) - 0.1);
  });

  it('has a gradient: pairs up, others down', () => {
    const gradient = tf.tidy(() =>
      tf.grad((s) => infoNceBound(s as tf.Tensor2D))(tf.zeros([3, 3])),
    );
    const expected = [0, 1, 2].map((i) => [0, 1, 2].map((k) => (i === k ? 2 / 9 : -1 / 9)));
    (gradient.arraySync() as number[][]).flat().forEach((value, place) => {
      expect(value).toBeCloseTo(expected.flat()[place] as number, 6);
    });
  });

  it('refuses scores that are not square', () => {
    for (const shape of [
      [3, 4],
      [1, 1],
      [0, 0],
    ] as [number, number][]) {
      expect(() => infoNceBound(tf.zeros(shape))).toThrow(InvalidArgumentError);
    }
  });

  it('lets a critic say what cannot be: pairs that are told apart for certain show ln N', () => {
    const never = Number.NEGATIVE_INFINITY;
    const scores = tf.tensor2d([
      [0, never],
      [never, 0],
    ]);
    expect(boundOf(scores)).toBeCloseTo(Math.LN2, 6);
    const [gradient] = tf.grads((one) => infoNceBound(one as tf.Tensor2D))([scores]);
    expect([...(gradient as tf.Tensor).dataSync()]).toEqual([0, 0, 0, 0]);
    tf.dispose([scores, gradient as tf.Tensor]);
  });

  it('leaves no tensors', () => {
    const scores = tf.eye(4);
    const before = tf.memory().numTensors;
    infoNceBound(scores).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
