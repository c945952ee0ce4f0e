import {
  chanceRecallAtK,
  InvalidArgumentError,
  knnAccuracy,
  linearProbe,
  nearestNeighbours,
  RandomStream,
  recallAtK,
  retrievalRanks,
  tf,
  trustworthiness,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Recall@k by sorting every query's candidates, a query counting when any of the first k is right. */
function sortedRecall(
  queries: number[][],
  candidates: number[][],
  queryLabels: number[],
  candidateLabels: number[],
  k: number,
): number {
  const cosine = (a: number[], b: number[]) =>
    a.reduce((sum, x, d) => sum + x * (b[d] as number), 0) / Math.hypot(...a) / Math.hypot(...b);
  let hits = 0;
  queries.forEach((query, q) => {
    const order = candidates
      .map((candidate, c) => ({ label: candidateLabels[c], cosine: cosine(query, candidate) }))
      .sort((a, b) => b.cosine - a.cosine);
    if (order.slice(0, k).some(({ label }) => label === queryLabels[q])) hits++;
  });
  return hits / queries.length;
}

it('features that are not numbers, and batches of nothing, are refused by all that compare them', async () => {
  const rows = (value: number) =>
    tf.tensor2d(Array.from({ length: 12 }, (_, row) => [row % 3, value, 1]));
  const [sound, broken] = [rows(2), rows(Number.NaN)];
  const labels = Array.from({ length: 12 }, (_, row) => row % 2);
  const split = {
    trainFeatures: sound,
    trainLabels: labels,
    testFeatures: sound,
    testLabels: labels,
  };
  const of = { queries: sound, candidates: sound, queryLabels: labels, candidateLabels: labels };
  const before = tf.memory().numTensors;
  const calls = [
    () => retrievalRanks({ ...of, queries: broken }),
    () => retrievalRanks({ ...of, candidates: broken }),
    () => knnAccuracy({ ...split, testFeatures: broken }),
    () =>
      linearProbe({
        ...split,
        trainFeatures: broken,
        validationFeatures: sound,
        validationLabels: labels,
      }),
    () => trustworthiness(broken, sound, { neighbours: 2 }),
    () => trustworthiness(sound, broken, { neighbours: 2 }),
  ];
  for (const call of calls) await expect(call()).rejects.toThrow(/NaN or infinite/);
  await expect(retrievalRanks({ ...of, batchSize: 0 })).rejects.toThrow(/batchSize is 0/);
  await expect(nearestNeighbours(sound, sound, { batchSize: 0 })).rejects.toThrow(/batchSize is 0/);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([sound, broken]);
});

describe('retrievalRanks and recallAtK', () => {
  it('equal sorting by cosine, with one and with several right answers, over several batches', async () => {
    const random = new RandomStream([1, 1]);
    const queries = random.normal([40, 4]) as tf.Tensor2D;
    const candidates = random.normal([30, 4]) as tf.Tensor2D;
    for (const labels of [30, 7, 2]) {
      const candidateLabels = Array.from({ length: 30 }, (_, i) => i % labels);
      const queryLabels = Array.from({ length: 40 }, (_, i) => (i * 3) % labels);
      const given = { queries, candidates, queryLabels, candidateLabels };
      const ranks = await retrievalRanks({ ...given, batchSize: 9 });
      expect(await retrievalRanks(given)).toEqual(ranks);
      for (const k of [1, 2, 5, 10, 30]) {
        const rows = [queries, candidates].map((t) => t.arraySync()) as [number[][], number[][]];
        const expected = sortedRecall(...rows, queryLabels, candidateLabels, k);
        expect(recallAtK(ranks, { k })).toBeCloseTo(expected, 10);
      }
    }
  });

  it('rank the best of several right answers, and nothing where there is none', async () => {
    const ranks = await retrievalRanks({
      queries: tf.tensor2d([
        [1, 0],
        [1, 0],
        [1, 0],
      ]),
      candidates: tf.tensor2d([
        [2, 0],
        [1, 1],
        [3, 4],
        [0, 1],
      ]),
      queryLabels: [5, 6, 7],
      candidateLabels: [6, 5, 8, 5],
    });
    expect([...ranks]).toEqual([2, 1, Number.POSITIVE_INFINITY]);
    expect(recallAtK(ranks, { k: 1 })).toBeCloseTo(1 / 3);
    expect(recallAtK(ranks, { k: 4 })).toBeCloseTo(2 / 3);
  });

  it('find nothing where all embeddings are equal', async () => {
    const labels = [0, 1, 2, 3];
    const same = tf.ones<tf.Rank.R2>([4, 3]);
    const given = { queries: same, candidates: same, queryLabels: labels, candidateLabels: labels };
    expect(recallAtK(await retrievalRanks(given), { k: 3 })).toBe(0);
  });

  it('let every label count the same when balanced', () => {
    const ranks = [1, 1, 1, 9];
    expect(recallAtK(ranks, { k: 5 })).toBe(0.75);
    expect(recallAtK(ranks, { k: 5, balancedOver: [4, 4, 4, 8] })).toBe(0.5);
    expect(recallAtK(ranks, { k: 9, balancedOver: [4, 4, 4, 8] })).toBe(1);
  });

  it('say what is wrong with their input', async () => {
    const two = tf.ones<tf.Rank.R2>([2, 3]);
    const given = { queries: two, candidates: two, queryLabels: [0, 1], candidateLabels: [0, 1] };
    await expect(retrievalRanks({ ...given, queryLabels: [0] })).rejects.toThrow(/1 query labels/);
    await expect(retrievalRanks({ ...given, candidates: tf.ones([2, 4]) })).rejects.toThrow(
      /equally long/,
    );
    for (const k of [0, 1.5]) expect(() => recallAtK([1], { k })).toThrow(InvalidArgumentError);
    expect(() => recallAtK([], { k: 1 })).toThrow(/at least one rank/);
    expect(() => recallAtK([1, 2], { k: 1, balancedOver: [1] })).toThrow(/1 labels for 2 ranks/);
    expect(() => chanceRecallAtK([], [1], { k: 1 })).toThrow(/at least one query/);
  });

  it('leave no tensors', async () => {
    const two = tf.ones<tf.Rank.R2>([2, 3]);
    const given = { queries: two, candidates: two, queryLabels: [0, 1], candidateLabels: [0, 1] };
    await retrievalRanks(given);
    const before = tf.memory().numTensors;
    await retrievalRanks({ ...given, batchSize: 1 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('chanceRecallAtK', () => {
  it('is k / m for one right answer of m', () => {
    const candidates = Array.from({ length: 396 }, (_, i) => i);
    expect(chanceRecallAtK([3, 3, 200], candidates, { k: 5 })).toBeCloseTo(5 / 396, 10);
  });

  it('counts every way to draw at least one of several', () => {
    // Of four candidates two are right: 1 − (2/4)(1/3).
    expect(chanceRecallAtK([0], [0, 1, 0, 1], { k: 2 })).toBeCloseTo(5 / 6, 10);
    expect(chanceRecallAtK([0], [0, 1, 0, 1], { k: 3 })).toBe(1);
    expect(chanceRecallAtK([9], [0, 1], { k: 2 })).toBe(0);
  });

  it('lets every label count the same when balanced', () => {
    const [queries, candidates] = [
      [0, 0, 0, 1],
      [0, 0, 1, 2],
    ];
    expect(chanceRecallAtK(queries, candidates, { k: 1 })).toBeCloseTo(7 / 16, 10);
    expect(chanceRecallAtK(queries, candidates, { k: 1, balanced: true })).toBeCloseTo(3 / 8, 10);
  });

  it('is what random embeddings reach', async () => {
    const random = new RandomStream([2, 2]);
    const candidateLabels = Array.from({ length: 50 }, (_, i) => i % 20);
    const queryLabels = Array.from({ length: 4000 }, (_, i) => i % 20);
    const ranks = await retrievalRanks({
      queries: random.normal([4000, 16]) as tf.Tensor2D,
      candidates: random.normal([50, 16]) as tf.Tensor2D,
      queryLabels,
      candidateLabels,
    });
    const chance = chanceRecallAtK(queryLabels, candidateLabels, { k: 5 });
    expect(Math.abs(recallAtK(ranks, { k: 5 }) - chance)).toBeLessThan(0.03);
  });

  it.each([
    { query: 3e9, labels: [3e9, 5], rank: 1 },
    { query: 7, labels: [7 + 2 ** 32, 7], rank: 2 },
    { query: -1 + 2 ** 32, labels: [5, 6], rank: Number.POSITIVE_INFINITY },
  ])('tells labels beyond 32 bits apart: $query among $labels', async (one) => {
    const queries = tf.tensor2d([[1, 0]]);
    const candidates = tf.tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const ranks = await retrievalRanks({
      ...{ queries, candidates },
      queryLabels: [one.query],
      candidateLabels: one.labels,
    });
    expect([...ranks]).toEqual([one.rank]);
    tf.dispose([queries, candidates]);
  });

  it('puts the right one of equal candidates last', async () => {
    const rows = tf.tile(tf.tensor2d([[2, 3, 4]]), [777, 1]);
    const labels = Array.from({ length: 777 }, (_, i) => i);
    const ranks = await retrievalRanks({
      queries: rows,
      candidates: rows,
      queryLabels: labels,
      candidateLabels: labels,
    });
    expect(Array.from(new Set(ranks))).toEqual([777]);
    rows.dispose();
  });
});
