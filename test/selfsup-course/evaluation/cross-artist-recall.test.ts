import { RandomStream, tf } from 'selfsup';
import { crossArtistRecall } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

describe('crossArtistRecall', () => {
  // Concepts 0 and 1 by artists 0 and 1, and concept 2 by artist 0 alone.
  const concepts = [0, 1, 2, 0, 1];
  const artists = [0, 0, 0, 1, 1];

  it('is 1 where each concept has a direction, and counts only drawings with a counterpart', async () => {
    const features = tf.oneHot(tf.tensor1d(concepts, 'int32'), 3).toFloat() as tf.Tensor2D;
    const found = await crossArtistRecall({ features, concepts, artists });
    expect(found).toMatchObject({ recall: 1, n: 4, k: 1 });
    // Artist 0's drawings have two others of artist 1, artist 1's have three of artist 0.
    expect(found.chance).toBeCloseTo((2 / 2 + 2 / 3) / 4, 10);
  });

  it('does not count the recognition of a style', async () => {
    // Each artist's drawings are all alike; across artists the wrong concept is nearer.
    const features = tf.tensor2d([
      [1, 0.1],
      [1, -0.1],
      [1, 0.5],
      [0.3, -1],
      [0.3, 1],
    ]);
    const found = await crossArtistRecall({ features, concepts, artists });
    expect(found.recall).toBe(0);
    expect((await crossArtistRecall({ features, concepts, artists, k: 3 })).recall).toBe(1);
  });

  it('equals a plain loop on random features', async () => {
    const size = 60;
    const what = Int32Array.from({ length: size }, (_, i) => (i < 50 ? i % 20 : i));
    const who = Uint8Array.from({ length: size }, (_, i) => Math.floor(i / 20));
    const random = new RandomStream([1, 0]);
    const features = tf
      .oneHot(tf.tensor1d(what, 'int32'), size)
      .add(random.normal([size, size], 0, 0.2)) as tf.Tensor2D;
    const rows = features.arraySync();
    const dot = (a: number[], b: number[]) => a.reduce((s, v, d) => s + v * (b[d] as number), 0);
    const cosine = (i: number, j: number) => {
      const [a, b] = [rows[i] as number[], rows[j] as number[]];
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    for (const k of [1, 2, 5]) {
      let [n, hits] = [0, 0];
      for (let i = 0; i < size; i++) {
        const others = rows.map((_, j) => j).filter((j) => who[j] !== who[i]);
        if (!others.some((j) => what[j] === what[i])) continue;
        n++;
        const nearest = others.sort((a, b) => cosine(i, b) - cosine(i, a)).slice(0, k);
        if (nearest.some((j) => what[j] === what[i])) hits++;
      }
      const found = await crossArtistRecall({ features, concepts: what, artists: who, k });
      expect(found.n).toBe(n);
      expect(found.recall).toBeCloseTo(hits / n, 10);
      expect(found.recall).toBeGreaterThan(found.chance);
    }
  });

  it('states as chance what random features reach', async () => {
    const size = 400;
    const what = Int32Array.from({ length: size }, (_, i) => Math.floor(i / 4));
    const who = Uint8Array.from({ length: size }, (_, i) => i % 4);
    const features = new RandomStream([8, 0]).normal([size, 32]) as tf.Tensor2D;
    const found = await crossArtistRecall({ features, concepts: what, artists: who, k: 30 });
    expect(Math.abs(found.recall - found.chance)).toBeLessThan(0.07);
  });

  it('says when no concept was drawn twice, or a list is short', async () => {
    const features = tf.eye(3) as tf.Tensor2D;
    await expect(
      crossArtistRecall({ features, concepts: [0, 1, 2], artists: [0, 1, 2] }),
    ).rejects.toThrow(/none of the 3 drawings/);
    await expect(
      crossArtistRecall({ features, concepts: [0, 1], artists: [0, 1, 2] }),
    ).rejects.toThrow(/3 concept features but 2 concept labels/);
  });

  it('leaves no tensor', async () => {
    const features = tf.eye(5) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    await crossArtistRecall({ features, concepts, artists });
    expect(tf.memory().numTensors).toBe(before);
  });
});
