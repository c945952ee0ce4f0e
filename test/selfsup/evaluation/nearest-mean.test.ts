import { InvalidArgumentError, nearestMeanScores, tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';

const unit = (row: readonly number[]) => row.map((value) => value / Math.hypot(...row));
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, d) => sum + value * (b[d] as number), 0);

/** As plain loops, in float64. */
function naive(known: number[][], labels: number[], asked: number[][], classes: number) {
  const prototypes = Array.from({ length: classes }, (_, c) => {
    const own = known.filter((_, i) => labels[i] === c).map(unit);
    if (own.length === 0) return null;
    return unit(
      (own[0] as number[]).map(
        (_, d) => own.reduce((sum, row) => sum + (row[d] as number), 0) / own.length,
      ),
    );
  });
  return asked.map((row) =>
    prototypes.map((one) => (one === null ? Number.NEGATIVE_INFINITY : dot(unit(row), one))),
  );
}

function drawn(seed: number, n: number, d: number): tf.Tensor2D {
  const random = new RandomStream([seed, 3]);
  return tf.tidy(() => random.normal([n, d]).mul(random.uniform([n, 1], 0.1, 9)));
}

const scoresOf = (
  known: tf.Tensor2D,
  labels: ArrayLike<number>,
  asked: tf.Tensor2D,
  classes?: number,
) =>
  tf.tidy(() =>
    nearestMeanScores({
      trainFeatures: known,
      trainLabels: labels,
      testFeatures: asked,
      ...(classes === undefined ? {} : { classes }),
    }).arraySync(),
  );

describe('nearestMeanScores', () => {
  it('is what plain loops give, with classes of any size and none', () => {
    const [known, asked] = [drawn(1, 9, 5), drawn(2, 6, 5)];
    const labels = [3, 0, 0, 3, 3, 1, 0, 1, 3];
    const found = scoresOf(known, labels, asked, 6);
    const expected = naive(known.arraySync(), labels, asked.arraySync(), 6);
    for (const [i, row] of expected.entries()) {
      row.forEach((value, c) => {
        if (value === Number.NEGATIVE_INFINITY) expect(found[i]?.[c]).toBe(value);
        else expect(found[i]?.[c]).toBeCloseTo(value, 5);
      });
    }
    expect(scoresOf(known, labels, asked)[0]).toHaveLength(4);
    tf.dispose([known, asked]);
  });

  it('depends on directions only, at any scale', () => {
    const [known, asked] = [drawn(3, 8, 4), drawn(4, 5, 4)];
    const labels = Uint8Array.from([0, 1, 2, 0, 1, 2, 0, 0]);
    const expected = scoresOf(known, labels, asked);
    for (const scale of [1e-20, 1e-6, 1e6, 1e18]) {
      const [small, large] = [known.mul<tf.Tensor2D>(scale), asked.mul<tf.Tensor2D>(scale)];
      const found = scoresOf(small, labels, large).flat();
      found.forEach((value, at) => {
        expect(value).toBeCloseTo(expected.flat()[at] as number, 5);
      });
      tf.dispose([small, large]);
    }
    tf.dispose([known, asked]);
  });

  it('has cosine 0 with a vector of zeros and with vectors that cancel', () => {
    const known = tf.tensor2d([
      [1, 0],
      [-1, 0],
      [0, 2],
    ]);
    const asked = tf.tensor2d([
      [0, 0],
      [3, 4],
    ]);
    const found = scoresOf(known, [0, 0, 1], asked).flat();
    [0, 0, 0, 0.8].forEach((value, at) => {
      expect(found[at]).toBeCloseTo(value, 6);
    });
    tf.dispose([known, asked]);
  });

  it('leaves no tensors but its result', () => {
    const [known, asked] = [drawn(5, 4, 3), drawn(6, 4, 3)];
    const before = tf.memory().numTensors;
    const scores = nearestMeanScores({
      trainFeatures: known,
      trainLabels: [0, 0, 1, 1],
      testFeatures: asked,
    });
    expect(scores.shape).toEqual([4, 2]);
    scores.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([known, asked]);
  });

  it.each([
    [[[1, 2]], [0, 1], [[1, 2]], 2, /1 train features but 2 train labels/],
    [[[1, 2]], [0], [[1, 2, 3]], 1, /equally long rows/],
    [
      [[1, 2]],
      [2],
      [[1, 2]],
      2,
      /there are 2 classes but labels up to 2; expected a whole number from 3/,
    ],
    [[[1, 2]], [-1], [[1, 2]], 2, /train label 0 is -1/],
    [[[1, Number.NaN]], [0], [[1, 2]], 1, /NaN or infinite/],
  ])('refuses %j, labels %j, asked %j, %d classes', (known, labels, asked, classes, message) => {
    const [trainFeatures, testFeatures] = [tf.tensor2d(known), tf.tensor2d(asked)];
    const call = () =>
      nearestMeanScores({ trainFeatures, trainLabels: labels, testFeatures, classes });
    expect(call).toThrow(message);
    expect(call).toThrow(InvalidArgumentError);
    tf.dispose([trainFeatures, testFeatures]);
  });
});

it('refuses test features that are not finite', () => {
  const trainFeatures = tf.eye(2);
  const testFeatures = tf.tensor2d([[Number.NaN, 1]]);
  expect(() => nearestMeanScores({ trainFeatures, trainLabels: [0, 1], testFeatures })).toThrow(
    /test features are NaN or infinite/,
  );
  tf.dispose([trainFeatures, testFeatures]);
});
