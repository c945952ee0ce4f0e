import { contrastiveAccuracy, infoNceAccuracy, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const accuracy = (z1: tf.Tensor2D, z2: tf.Tensor2D) =>
  contrastiveAccuracy(z1, z2).dataSync()[0] as number;

/** Compares every partner with every negative, one by one. */
function naive(z1: number[][], z2: number[][]): number {
  const z = [...z1, ...z2];
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, d) => sum + v * (b[d] as number), 0);
  const cosine = (i: number, k: number) => {
    const [a, b] = [z[i] as number[], z[k] as number[]];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const found = z.filter((_, i) => {
    const partner = (i + z1.length) % z.length;
    return z.every((_, k) => k === i || k === partner || cosine(i, partner) > cosine(i, k));
  });
  return found.length / z.length;
}

describe('contrastiveAccuracy', () => {
  it('equals a comparison one by one', () => {
    const random = new RandomStream([3, 0]);
    for (const noise of [0.1, 0.6, 1, 3]) {
      const z1 = random.normal([24, 6]) as tf.Tensor2D;
      const z2 = z1.add(random.normal([24, 6]).mul(noise)).mul(7) as tf.Tensor2D;
      expect(accuracy(z1, z2)).toBeCloseTo(naive(z1.arraySync(), z2.arraySync()), 6);
    }
  });

  it('is 1 for distinct equal pairs and 0 when all embeddings are equal', () => {
    const z = tf.eye(5);
    expect(accuracy(z, z.mul(3))).toBe(1);
    const same = tf.ones<tf.Rank.R2>([5, 3]);
    expect(accuracy(same, same)).toBe(0);
  });

  it('can be right for half of the rows', () => {
    // Row 0 of each view is nearest to its partner; both rows 1 are nearer to a row 0.
    const z1 = tf.tensor2d([
      [1, 0],
      [0.9, 0.3],
    ]);
    const z2 = tf.tensor2d([
      [1, 0.001],
      [0, -1],
    ]);
    expect(accuracy(z1, z2)).toBe(0.5);
  });

  it('refuses views of different shapes', () => {
    expect(() => contrastiveAccuracy(tf.zeros([3, 2]), tf.zeros([2, 2]))).toThrow(
      /contrastiveAccuracy.*equal shapes/,
    );
  });

  it('leaves one tensor', () => {
    const z = tf.eye(5);
    const before = tf.memory().numTensors;
    contrastiveAccuracy(z, z).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([3, 31, 128, 777])('scores 0 when all %d embeddings are equal', (width) => {
    const row = new RandomStream([width, 0]).normal([1, width]);
    const z = tf.tile(row, [40, 1]) as tf.Tensor2D;
    expect(contrastiveAccuracy(z, z).dataSync()[0]).toBe(0);
    expect(infoNceAccuracy(z, z, z).dataSync()[0]).toBe(0);
  });

  it('scores 0 for four rows of 2, 3, 4', () => {
    const z = tf.tile(tf.tensor2d([[2, 3, 4]]), [4, 1]);
    expect(contrastiveAccuracy(z, z).dataSync()[0]).toBe(0);
    expect(infoNceAccuracy(z, z, z).dataSync()[0]).toBe(0);
  });
});
