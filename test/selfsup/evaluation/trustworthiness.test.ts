import { RandomStream, tf, trustworthiness, tsne } from 'selfsup';
import { describe, expect, it } from 'vitest';

const [n, d] = [40, 6];
/** Points from arithmetic alone, so that Python can make them too. */
const features = tf.tensor2d(
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: d }, (_, j) => Math.sin(i * 1.7 + j * 2.3) + 0.01 * i * j),
  ),
);
const positions = tf.tensor2d(
  Array.from({ length: n }, (_, i) => [Math.cos(i * 0.9), Math.sin(i * 1.3) * 2]),
);

/** The formula, by sorting. */
function naive(all: number[][], map: number[][], k: number): number {
  const order = (rows: number[][], i: number) => {
    const far = (j: number) =>
      (rows[j] as number[]).reduce((sum, v, c) => sum + (v - (rows[i]?.[c] as number)) ** 2, 0);
    return [...rows.keys()].filter((j) => j !== i).sort((a, b) => far(a) - far(b));
  };
  let excess = 0;
  for (let i = 0; i < all.length; i++) {
    const ranks = order(all, i);
    for (const j of order(map, i).slice(0, k)) excess += Math.max(0, ranks.indexOf(j) + 1 - k);
  }
  return 1 - (2 * excess) / (all.length * k * (2 * all.length - 3 * k - 1));
}

describe('trustworthiness', () => {
  // numpy, the same formulas; sklearn.manifold.trustworthiness(X, Y, n_neighbors=k) of scikit-learn 1.9.1, of float32 points.
  it.each([
    [1, 0.44342105263157894, 0.9078947368421053],
    [5, 0.50125, 0.92734375],
    [12, 0.5449612403100775, 0.9291666666666667],
    [19, 0.5154306220095694, 0.8710526315789473],
  ])('is what scikit-learn computes, %i neighbours', async (neighbours, unrelated, columns) => {
    expect(await trustworthiness(features, positions, { neighbours })).toBeCloseTo(unrelated, 10);
    const firstTwo = features.slice([0, 0], [n, 2]);
    expect(await trustworthiness(features, firstTwo, { neighbours })).toBeCloseTo(columns, 10);
  });

  it('is what sorting gives, across the borders of its batches', async () => {
    const random = new RandomStream([3, 1]);
    const many = random.normal([530, 5]).add(7) as tf.Tensor2D;
    const map = many.slice([0, 0], [530, 2]);
    const expected = naive(many.arraySync(), map.arraySync(), 10);
    expect(await trustworthiness(many, map, { neighbours: 10 })).toBeCloseTo(expected, 6);
  });

  it('is 1 for a map that keeps all neighbours, also with points at one place', async () => {
    const scaled = positions.mul(3).add(100) as tf.Tensor2D;
    expect(await trustworthiness(positions, scaled)).toBe(1);
    const doubled = tf.concat([positions, positions]);
    expect(await trustworthiness(doubled, doubled, { neighbours: 1 })).toBe(1);
  });

  it('says what is wrong with its arguments', async () => {
    await expect(trustworthiness(features, positions.slice([1]))).rejects.toThrow(
      /\[40, 6\].*\[39, 2\]/,
    );
    await expect(trustworthiness(features, positions, { neighbours: 20 })).rejects.toThrow(
      /neighbours is 20 for 40 points.*below 20/,
    );
    await expect(trustworthiness(features, positions, { neighbours: 0 })).rejects.toThrow(
      /neighbours is 0/,
    );
  });

  it.each([1e-30, 1e-20, 1e20, 1e37])('does not depend on the unit: %d', async (unit) => {
    // What the far half of the map shows has nothing to do with the features.
    const shuffled = tf.tidy(() => positions.reverse(0).mul(positions.abs()) as tf.Tensor2D);
    const expected = await trustworthiness(features, shuffled);
    expect(expected).toBeLessThan(0.9);
    const scaled = [features, shuffled].map((one) => one.mul(unit) as tf.Tensor2D);
    expect(await trustworthiness(scaled[0] as tf.Tensor2D, shuffled)).toBeCloseTo(expected, 2);
    expect(await trustworthiness(features, scaled[1] as tf.Tensor2D)).toBeCloseTo(expected, 2);
    tf.dispose([shuffled, ...scaled]);
  });

  it('leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    await trustworthiness(features, positions);
    await expect(trustworthiness(features, positions, { neighbours: 0.5 })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('orders points of clusters that are far from each other', async () => {
    const cluster = (seed: number, centre: number) =>
      new RandomStream([seed, 0]).normal([100, 2]).mul(0.1).add(centre) as tf.Tensor2D;
    const points = tf.concat([cluster(3, 0), cluster(4, 2000)]);
    // scikit-learn's trustworthiness(points, points) is 1 as well.
    expect(await trustworthiness(points, points)).toBe(1);
    const map = await tsne(points, { perplexity: 15 });
    expect(await trustworthiness(points, map)).toBeGreaterThan(0.975);
    tf.dispose([points, map]);
  });
});
