import { nearestNeighbours, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const random = new RandomStream([5, 5]);
const queries = random.normal([13, 4]) as tf.Tensor2D;
const database = random.normal([29, 4]).mul(5) as tf.Tensor2D;

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, d) => sum + v * (y[d] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('nearestNeighbours', () => {
  it('finds what sorting all cosines finds, whatever the batch size', async () => {
    for (const batchSize of [1, 5, 512]) {
      const found = await nearestNeighbours(queries, database, { k: 3, batchSize });
      const rows = database.arraySync();
      for (const [q, query] of queries.arraySync().entries()) {
        const sorted = rows
          .map((row, index) => ({ index, similarity: cosine(query, row) }))
          .sort((a, b) => b.similarity - a.similarity)
          .slice(0, 3);
        expect(Array.from(found.indices.slice(3 * q, 3 * q + 3))).toEqual(
          sorted.map((s) => s.index),
        );
        for (const [i, { similarity }] of sorted.entries()) {
          expect(found.similarities[3 * q + i]).toBeCloseTo(similarity, 5);
        }
      }
    }
  });

  it('leaves out excluded pairs, such as an image and itself', async () => {
    const itself = await nearestNeighbours(database, database, { k: 1 });
    expect(Array.from(itself.indices)).toEqual(Array.from({ length: 29 }, (_, i) => i));
    const other = await nearestNeighbours(database, database, {
      k: 28,
      batchSize: 10,
      exclude: (q) => Uint8Array.from({ length: 29 }, (_, i) => Number(i === q)),
    });
    for (let q = 0; q < 29; q++) {
      expect(other.indices.slice(q * 28, q * 28 + 28)).not.toContain(q);
    }
    expect(Math.min(...other.similarities)).toBeGreaterThanOrEqual(-1.00001);
  });

  it('says when there are not enough rows, or rows of another width', async () => {
    await expect(nearestNeighbours(queries, database, { k: 30 })).rejects.toThrow(
      /k is 30.*1 to 29/,
    );
    await expect(nearestNeighbours(queries, database, { k: 0 })).rejects.toThrow(/k is 0/);
    await expect(nearestNeighbours(queries, tf.zeros([4, 5]))).rejects.toThrow(
      /\[13, 4\].*\[4, 5\]/,
    );
  });

  it('leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    await nearestNeighbours(queries, database, { k: 2, batchSize: 4 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
