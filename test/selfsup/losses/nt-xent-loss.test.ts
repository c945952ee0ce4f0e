import { InvalidArgumentError, ntXentLoss, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

function pair(pairs: number, width: number, seed = 1): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([seed, pairs]);
  return [
    random.normal([pairs, width]) as tf.Tensor2D,
    random.normal([pairs, width]) as tf.Tensor2D,
  ];
}

function value(z1: tf.Tensor2D, z2: tf.Tensor2D, temperature?: number): number {
  return ntXentLoss(
    z1,
    z2,
    temperature === undefined ? {} : { temperature },
  ).dataSync()[0] as number;
}

/** SimCLR's Algorithm 1 as it is printed: views interleaved, one pair after the other, in double precision. */
function algorithm1(z1: number[][], z2: number[][], temperature: number): number {
  const z = z1.flatMap((row, i) => [row, z2[i] as number[]]);
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, d) => sum + v * (b[d] as number), 0);
  const s = z.map((a) => z.map((b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))));
  const l = (i: number, j: number) => {
    let denominator = 0;
    for (let k = 0; k < z.length; k++) {
      if (k !== i) denominator += Math.exp((s[i]?.[k] as number) / temperature);
    }
    return Math.log(denominator) - (s[i]?.[j] as number) / temperature;
  };
  let sum = 0;
  for (let k = 0; k < z1.length; k++) sum += l(2 * k, 2 * k + 1) + l(2 * k + 1, 2 * k);
  return sum / z.length;
}

describe('ntXentLoss', () => {
  for (const pairs of [2, 3, 16]) {
    for (const width of [1, 2, 64]) {
      for (const temperature of [0.05, 0.5, 1, 10]) {
        it(`equals Algorithm 1 for ${pairs} pairs of ${width} numbers, temperature ${temperature}`, () => {
          const [z1, z2] = pair(pairs, width);
          const expected = algorithm1(z1.arraySync(), z2.arraySync(), temperature);
          const found = value(z1, z2, temperature);
          expect(Math.abs(found - expected)).toBeLessThan(2e-5 * Math.max(1, expected));
        });
      }
    }
  }

  it('is ln(2N − 1) when all similarities are equal, at any temperature', () => {
    for (const pairs of [2, 7, 256]) {
      const same = tf.ones<tf.Rank.R2>([pairs, 8]);
      for (const temperature of [0.01, 0.5, 100]) {
        expect(value(same, same, temperature)).toBeCloseTo(Math.log(2 * pairs - 1), 3);
      }
    }
  });

  it('has the value worked out by hand for two orthogonal pairs', () => {
    const z = tf.tensor2d([
      [1, 0],
      [0, 1],
    ]);
    // One positive at similarity 1, two negatives at similarity 0.
    expect(value(z, z, 1)).toBeCloseTo(Math.log(Math.E + 2) - 1, 6);
  });

  it('uses temperature 0.5 when none is given', () => {
    const [z1, z2] = pair(8, 16);
    expect(value(z1, z2)).toBe(value(z1, z2, 0.5));
  });

  it('does not change when the views are swapped, the pairs reordered or the rows rescaled', () => {
    const [z1, z2] = pair(9, 12);
    const loss = value(z1, z2, 0.2);
    expect(value(z2, z1, 0.2)).toBeCloseTo(loss, 5);
    const order = tf.tensor1d([4, 2, 8, 0, 1, 7, 3, 6, 5], 'int32');
    expect(value(tf.gather(z1, order), tf.gather(z2, order), 0.2)).toBeCloseTo(loss, 5);
    expect(value(z1.mul(40), z2.mul(0.02), 0.2)).toBeCloseTo(loss, 5);
  });

  it('changes when the pairs are broken up', () => {
    const [z1] = pair(9, 12);
    const z2 = z1.add(pair(9, 12, 2)[0].mul(0.1)) as tf.Tensor2D;
    expect(value(z1, z2.reverse(0), 0.2)).toBeGreaterThan(value(z1, z2, 0.2) + 1);
  });

  it('has the gradient of finite differences, in both views', () => {
    const views = pair(5, 4);
    for (const temperature of [0.1, 0.5]) {
      const gradients = tf.grads((...z) =>
        ntXentLoss(z[0] as tf.Tensor2D, z[1] as tf.Tensor2D, { temperature }),
      )(views);
      const rows = views.map((view) => view.arraySync());
      for (const view of [0, 1]) {
        for (let i = 0; i < 5; i++) {
          for (let d = 0; d < 4; d++) {
            const at = (delta: number) => {
              const moved = rows.map((m) => m.map((row) => [...row])) as [number[][], number[][]];
              const row = moved[view]?.[i] as number[];
              row[d] = (row[d] as number) + delta;
              return algorithm1(...moved, temperature);
            };
            const expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            const found = gradients[view]?.dataSync()[i * 4 + d] as number;
            expect(Math.abs(found - expected)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected)));
          }
        }
      }
    }
  });

  it('passes the upstream gradient on', () => {
    const [z1, z2] = pair(4, 3);
    const once = tf.grad((z: tf.Tensor) => ntXentLoss(z as tf.Tensor2D, z2))(z1);
    const thrice = tf.grad((z: tf.Tensor) => ntXentLoss(z as tf.Tensor2D, z2).mul(3))(z1);
    expect(thrice.sub(once.mul(3)).abs().max().dataSync()[0]).toBeLessThan(1e-6);
  });

  it('stays finite and right from temperature 0.001 to 1,000, gradient included', () => {
    const [z1, z2] = pair(6, 5);
    for (const temperature of [0.001, 0.01, 1000]) {
      const gradient = tf.grad((z: tf.Tensor) => ntXentLoss(z as tf.Tensor2D, z2, { temperature }))(
        z1,
      );
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
    }
    // exp(1 / 0.01) is beyond float32: only the log-sum-exp form gets this right.
    const expected = algorithm1(z1.arraySync(), z2.arraySync(), 0.01);
    expect(value(z1, z2, 0.01) / expected).toBeCloseTo(1, 4);
    expect(value(z1, z2, 1000)).toBeCloseTo(Math.log(11), 2);
    // Opposite directions only: every logit of a row is far below zero, none may underflow to log 0.
    const up = tf.tensor2d([[1], [-1]]);
    expect(value(up, up.mul(-1), 0.01)).toBeCloseTo(200, 2);
  });

  it('takes a zero row as it is, without NaN', () => {
    const [z1, z2] = pair(4, 3);
    const withZero = tf.concat([tf.zeros([1, 3]), z1.slice([1])]) as tf.Tensor2D;
    const gradient = tf.grad((z: tf.Tensor) => ntXentLoss(z as tf.Tensor2D, z2))(withZero);
    expect(value(withZero, z2)).toBeGreaterThan(0);
    expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
  });

  it('says what is wrong with its input', () => {
    const [z1, z2] = pair(4, 3);
    const image = tf.zeros([4, 2, 2, 3]) as unknown as tf.Tensor2D;
    expect(() => ntXentLoss(image, z2)).toThrow(/\[4, 2, 2, 3\].*\[N, d\]/);
    expect(() => ntXentLoss(z1, pair(5, 3)[1])).toThrow(/\[4, 3\].*\[5, 3\].*equal shapes/);
    expect(() => ntXentLoss(z1, pair(4, 2)[1])).toThrow(InvalidArgumentError);
    expect(() => ntXentLoss(...pair(1, 3))).toThrow(/at least 2 pairs/);
    for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => ntXentLoss(z1, z2, { temperature })).toThrow(/temperature.*above 0/);
    }
  });

  it('leaves one tensor, and its gradient one per input', () => {
    const views = pair(4, 3);
    const run = () => {
      tf.dispose(ntXentLoss(...views));
      tf.dispose(tf.grads((...z) => ntXentLoss(z[0] as tf.Tensor2D, z[1] as tf.Tensor2D))(views));
    };
    run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not depend on the lengths of the rows, however short or long, nor does the direction of its gradient', () => {
    const identity = tf.eye(2);
    const [z1, z2] = pair(6, 8);
    const gradientAt = (scale: number) =>
      tf.tidy(() =>
        tf
          .grad((z) => ntXentLoss(z as tf.Tensor2D, z2))(z1.mul(scale))
          .mul(scale)
          .arraySync(),
      ) as number[][];
    const plain = gradientAt(1).flat();
    for (const scale of [1e-30, 1e-7, 1e13, 1e19]) {
      // ln(e² + 2) − 2, by hand.
      expect(value(identity.mul(scale), identity.mul(scale))).toBeCloseTo(0.2395448, 6);
      gradientAt(scale)
        .flat()
        .forEach((found, i) => {
          expect(found).toBeCloseTo(plain[i] as number, 5);
        });
    }
  });

  it('is never below 0, and finite with its gradient for rows of zeros', () => {
    for (const temperature of [0.01, 0.02, 0.05]) {
      const apart = tf.eye(64).slice([0, 0], [32, 64]).mul(50) as tf.Tensor2D;
      expect(value(apart, apart, temperature)).toBeGreaterThanOrEqual(0);
    }
    const zeros = tf.zeros<tf.Rank.R2>([3, 4]);
    expect(value(zeros, zeros)).toBeCloseTo(Math.log(5), 5);
    const gradient = tf.grad((z) => ntXentLoss(z as tf.Tensor2D, zeros))(zeros);
    expect(Array.from(gradient.dataSync())).toEqual(new Array(12).fill(0));
  });

  it('can be differentiated twice', () => {
    const [z1, z2] = pair(4, 5);
    const penalty = (z: tf.Tensor) =>
      tf
        .grad((given) => ntXentLoss(given as tf.Tensor2D, z2, { temperature: 0.3 }))(z)
        .square()
        .sum();
    const found = tf.grad(penalty)(z1).dataSync();
    const step = 2 ** -9;
    for (let i = 0; i < z1.size; i++) {
      const change = tf.tidy(() =>
        tf.oneHot(tf.scalar(i, 'int32'), z1.size, step, 0, 'float32').reshape([4, 5]),
      );
      const difference = tf.tidy(() => penalty(z1.add(change)).sub(penalty(z1.sub(change))));
      const expected = (difference.dataSync()[0] as number) / (2 * step);
      expect(found[i]).toBeCloseTo(expected, 2);
      tf.dispose([change, difference]);
    }
  });
});
