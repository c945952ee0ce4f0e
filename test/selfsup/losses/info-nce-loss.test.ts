import { InvalidArgumentError, infoNceAccuracy, infoNceLoss, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

type Keys = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

function keys(count: number, negatives: number, width: number, seed = 1): Keys {
  const random = new RandomStream([seed, count]);
  return [count, count, negatives].map((rows) => random.normal([rows, width])) as Keys;
}

const value = (given: Keys, temperature?: number): number =>
  infoNceLoss(...given, temperature === undefined ? {} : { temperature }).dataSync()[0] as number;

/** Equation 1 of the paper as a plain loop, in double precision. */
function equation1([q, p, n]: [number[][], number[][], number[][]], temperature: number): number {
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, d) => sum + v * (b[d] as number), 0);
  const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  let total = 0;
  q.forEach((query, i) => {
    const logits = [p[i] as number[], ...n].map((key) => cosine(query, key) / temperature);
    const largest = Math.max(...logits);
    const sum = logits.reduce((all, logit) => all + Math.exp(logit - largest), 0);
    total += largest + Math.log(sum) - (logits[0] as number);
  });
  return total / q.length;
}

const arrays = (given: Keys) =>
  given.map((one) => one.arraySync()) as [number[][], number[][], number[][]];

describe('infoNceLoss', () => {
  for (const [count, negatives] of [
    [1, 1],
    [3, 16],
    [16, 3],
  ] as const) {
    for (const width of [2, 64]) {
      for (const temperature of [0.07, 0.2, 1, 10]) {
        it(`equals the plain loop for ${count} queries, ${negatives} negatives of ${width} numbers, τ = ${temperature}`, () => {
          const given = keys(count, negatives, width);
          const expected = equation1(arrays(given), temperature);
          expect(Math.abs(value(given, temperature) - expected)).toBeLessThan(
            2e-5 * Math.max(1, expected),
          );
        });
      }
    }
  }

  it('is ln(1 + K) when all similarities are equal, at any temperature', () => {
    for (const negatives of [1, 7, 4096]) {
      const same = (rows: number) => tf.ones<tf.Rank.R2>([rows, 8]);
      for (const temperature of [0.01, 0.2, 100]) {
        const found = value([same(4), same(4), same(negatives)], temperature);
        expect(found).toBeCloseTo(Math.log(1 + negatives), 3);
      }
    }
  });

  it('uses the temperature 0.2 of MoCo v2 when none is given', () => {
    const given = keys(4, 9, 16);
    expect(value(given)).toBe(value(given, 0.2));
  });

  it('depends on directions only, and not on the order of the negatives', () => {
    const [q, p, n] = keys(5, 8, 6);
    const loss = value([q, p, n], 0.2);
    expect(value([q.mul(30), p.mul(0.1), n.mul(4)], 0.2)).toBeCloseTo(loss, 5);
    expect(value([q, p, n.reverse(0)], 0.2)).toBeCloseTo(loss, 5);
    expect(value([q, p.reverse(0), n], 0.2)).not.toBeCloseTo(loss, 2);
  });

  it('has the gradient of finite differences in queries, positives and negatives', () => {
    const given = keys(3, 4, 3);
    const gradients = tf.grads((q, p, n) =>
      infoNceLoss(q as tf.Tensor2D, p as tf.Tensor2D, n as tf.Tensor2D, { temperature: 0.2 }),
    )(given);
    const values = arrays(given);
    values.forEach((rows, which) => {
      rows.forEach((row, i) => {
        row.forEach((_, d) => {
          const at = (delta: number) => {
            const moved = values.map((one) => one.map((r) => [...r])) as typeof values;
            const changed = moved[which]?.[i] as number[];
            changed[d] = (changed[d] as number) + delta;
            return equation1(moved, 0.2);
          };
          const expected = (at(1e-5) - at(-1e-5)) / 2e-5;
          const found = gradients[which]?.dataSync()[i * 3 + d] as number;
          expect(Math.abs(found - expected)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected)));
        });
      });
    });
  });

  it('stays finite and right from temperature 0.001 to 1,000, gradient included', () => {
    const given = keys(4, 6, 5);
    for (const temperature of [0.001, 0.01, 1000]) {
      expect(value(given, temperature) / equation1(arrays(given), temperature)).toBeCloseTo(1, 3);
      const gradient = tf.grad((q: tf.Tensor) =>
        infoNceLoss(q as tf.Tensor2D, given[1], given[2], { temperature }),
      )(given[0]);
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
    }
  });

  it('takes a zero row as it is, without NaN', () => {
    const [q, p, n] = keys(3, 4, 3);
    const zero = tf.zerosLike(q);
    expect(value([zero, p, n])).toBeCloseTo(Math.log(5), 4);
  });

  it('says what is wrong with its input', () => {
    const [q, p, n] = keys(4, 6, 3);
    expect(() => infoNceLoss(q, p, keys(4, 6, 5)[2])).toThrow(/negatives as wide as the queries/);
    expect(() => infoNceLoss(q, n, n)).toThrow(/one positive for each query/);
    expect(() => infoNceLoss(q, p, tf.zeros([0, 3]))).toThrow(/at least one row/);
    for (const temperature of [0, -1, Number.NaN]) {
      expect(() => infoNceLoss(q, p, n, { temperature })).toThrow(InvalidArgumentError);
    }
  });

  it('leaves one tensor, and its gradient one', () => {
    const given = keys(4, 6, 3);
    const run = () => {
      tf.dispose(infoNceLoss(...given));
      const gradient = tf.grad((q: tf.Tensor) => infoNceLoss(q as tf.Tensor2D, given[1], given[2]));
      tf.dispose(gradient(given[0]));
    };
    run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('infoNceAccuracy', () => {
  const accuracy = (given: Keys) => infoNceAccuracy(...given).dataSync()[0] as number;

  it('is the share of queries nearest to their own key', () => {
    const q = tf.tensor2d([
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 0],
    ]);
    const p = tf.tensor2d([
      [5, 0.1],
      [0, 2],
      [1, 0.9],
      [1, 0],
    ]);
    const n = tf.tensor2d([
      [1, 0.5],
      [0.2, 1],
    ]);
    expect(accuracy([q, p, n])).toBe(0.75);
  });

  it('is 0 where all is equal, and about 1 / (1 + K) where nothing is known', () => {
    const same = tf.ones<tf.Rank.R2>([4, 3]);
    expect(accuracy([same, same, same])).toBe(0);
    expect(accuracy(keys(2000, 4, 16))).toBeCloseTo(0.2, 1);
  });

  it('refuses what does not fit', () => {
    const [q, p] = keys(4, 6, 3);
    expect(() => infoNceAccuracy(q, p, keys(4, 6, 5)[2])).toThrow(/infoNceAccuracy.*as wide/);
  });
});
