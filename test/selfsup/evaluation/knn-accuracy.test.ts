import { InvalidArgumentError, knnAccuracy, type Progress, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Points around the axes, one axis per class; the larger the spread, the more the classes overlap. */
function clusters(n: number, classes: number, spread: number, seed: number) {
  const labels = Uint8Array.from({ length: n }, (_, i) => i % classes);
  const noise = new RandomStream([seed, 0]).normal([n, classes], 0, spread);
  const features = tf.oneHot(tf.tensor1d(labels, 'int32'), classes).add(noise) as tf.Tensor2D;
  return { features, labels };
}

/** Wu et al.'s classifier as a plain loop. */
function naive(
  train: { features: tf.Tensor2D; labels: Uint8Array },
  test: { features: tf.Tensor2D; labels: Uint8Array },
  k: number,
  temperature: number,
): number {
  const trainRows = train.features.arraySync();
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, d) => sum + v * (y[d] as number), 0);
  const right = test.features.arraySync().filter((query, q) => {
    const nearest = trainRows
      .map((row, i) => ({
        label: train.labels[i] as number,
        similarity: dot(query, row) / Math.sqrt(dot(query, query) * dot(row, row)),
      }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k);
    const votes = new Map<number, number>();
    for (const { label, similarity } of nearest) {
      votes.set(label, (votes.get(label) ?? 0) + Math.exp(similarity / temperature));
    }
    const winner = [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
    return winner === test.labels[q];
  });
  return right.length / test.labels.length;
}

const train = clusters(90, 3, 0.7, 1);
const test = clusters(60, 3, 0.7, 2);
const given = {
  trainFeatures: train.features,
  trainLabels: train.labels,
  testFeatures: test.features,
  testLabels: test.labels,
};

describe('knnAccuracy', () => {
  for (const k of [1, 5, 20]) {
    for (const temperature of [0.07, 1]) {
      it(`equals a plain loop for k = ${k}, temperature ${temperature}`, async () => {
        const found = await knnAccuracy({ ...given, k, temperature, batchSize: 7 });
        expect(found).toMatchObject({ accuracy: naive(train, test, k, temperature), n: 60 });
        const one = (row: number) => ({
          features: test.features.slice([row], [1]),
          labels: test.labels.subarray(row, row + 1),
        });
        const alone = Array.from(test.labels, (_, row) => naive(train, one(row), k, temperature));
        expect([...found.correct]).toEqual(alone);
        expect(found.accuracy).toBeGreaterThan(0.4);
        expect(found.accuracy).toBeLessThan(1);
      });
    }
  }

  it('reports how many images it has classified', async () => {
    const seen: Progress[] = [];
    await knnAccuracy({
      trainFeatures: train.features,
      trainLabels: train.labels,
      testFeatures: test.features,
      testLabels: test.labels,
      batchSize: 25,
      onProgress: (progress) => void seen.push(progress),
    });
    expect(seen.map(({ done, total }) => [done, total])).toEqual([
      [25, 60],
      [50, 60],
      [60, 60],
    ]);
  });

  it('uses 20 neighbours and temperature 0.07 when nothing is said', async () => {
    expect((await knnAccuracy(given)).accuracy).toBe(naive(train, test, 20, 0.07));
  });

  it('lets the nearer neighbours weigh more, the smaller the temperature', async () => {
    const one = {
      trainFeatures: tf.tensor2d([
        [1, 0],
        [0.6, 0.8],
        [0.6, -0.8],
      ]),
      trainLabels: [0, 1, 1],
      testFeatures: tf.tensor2d([[5, 0]]),
      testLabels: [0],
    };
    expect((await knnAccuracy({ ...one, temperature: 0.07 })).accuracy).toBe(1);
    expect((await knnAccuracy({ ...one, temperature: 10 })).accuracy).toBe(0);
    // exp(1 / 0.001) is beyond float64.
    expect((await knnAccuracy({ ...one, temperature: 0.001 })).accuracy).toBe(1);
  });

  it('refuses labels that do not belong to the features', async () => {
    const call = (other: object) => knnAccuracy({ ...given, ...other });
    await expect(call({ trainLabels: [0] })).rejects.toThrow(
      /90 train features but 1 train labels/,
    );
    await expect(call({ testLabels: new Float32Array(60).fill(0.5) })).rejects.toThrow(
      /test label 0 is 0.5/,
    );
    await expect(call({ testFeatures: tf.zeros([0, 3]), testLabels: [] })).rejects.toThrow(
      /\[0, 3\].*n above 0/,
    );
    await expect(call({ testFeatures: tf.zeros([60, 4]) })).rejects.toThrow(/equally long rows/);
    await expect(call({ k: 0 })).rejects.toThrow(InvalidArgumentError);
    await expect(call({ temperature: 0 })).rejects.toThrow(/temperature 0/);
  });

  it('leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    await knnAccuracy(given);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('votes among more classes than a call has room for arguments', async () => {
    const features = tf.tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const labels = [130_000, 200_000];
    const found = await knnAccuracy({
      trainFeatures: features,
      trainLabels: labels,
      testFeatures: features,
      testLabels: labels,
      k: 1,
    });
    expect(found.accuracy).toBe(1);
    features.dispose();
  });

  it('refuses whole numbers in a sentence', async () => {
    const trainFeatures = train.features.toInt();
    await expect(knnAccuracy({ ...given, trainFeatures })).rejects.toThrow(
      /knnAccuracy: the train features are int32; expected float32.*toFloat/,
    );
    trainFeatures.dispose();
  });

  it('does not depend on how far from the origin the features lie', async () => {
    const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 5);
    const at = (seed: number) =>
      tf.tidy(() => {
        const centres = new RandomStream([9, 0]).normal([5, 64]).mul(0.13);
        const noise = new RandomStream([seed, 0]).normal([200, 64]).mul(0.5);
        return tf.gather(centres, tf.tensor1d(labels, 'int32')).add(noise).add(1000);
      }) as tf.Tensor2D;
    const [trainFeatures, testFeatures] = [at(1), at(2)];
    const found = await knnAccuracy({
      trainFeatures,
      trainLabels: labels,
      testFeatures,
      testLabels: labels,
      k: 1,
    });
    // The nearest by cosine, in float64.
    const [database, queries] = [trainFeatures.arraySync(), testFeatures.arraySync()];
    const length = (a: number[]) => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
    const lengths = database.map(length);
    const cosines = (query: number[]) =>
      database.map(
        (row, i) =>
          row.reduce((sum, x, k) => sum + x * (query[k] as number), 0) / (lengths[i] as number),
      );
    const right = queries.filter((query, q) => {
      const all = cosines(query);
      return labels[all.indexOf(Math.max(...all))] === labels[q];
    });
    // One query may have two neighbours whose cosines are equal up to rounding. Cosines in float32 give 0.255.
    expect(Math.abs(found.accuracy - right.length / 200)).toBeLessThan(1.5 / 200);
    expect(Math.abs(right.length / 200 - 0.35)).toBeLessThan(0.03);
    tf.dispose([trainFeatures, testFeatures]);
  });
});
