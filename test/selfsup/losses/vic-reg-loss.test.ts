import { InvalidArgumentError, RandomStream, tf, vicRegLoss } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { finiteDifferences } from './finite-differences';

function pair(pairs: number, width: number, scale = 1): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([4, pairs]);
  const view = () => random.normal([pairs, width]).mul(scale) as tf.Tensor2D;
  return [view(), view()];
}
const numberOf = (loss: tf.Scalar) => loss.dataSync()[0] as number;
const OFF = { invariance: 0, variance: 0, covariance: 0 };

/** Algorithm 1 of the paper in double precision, number by number. */
function terms(z1: number[][], z2: number[][]) {
  const [n, d] = [z1.length, z1[0]?.length as number];
  const column = (z: number[][], j: number) => z.map((row) => row[j] as number);
  const centred = (z: number[][], j: number) => {
    const values = column(z, j);
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    return values.map((v) => v - mean);
  };
  const covarianceOf = (z: number[][], j: number, k: number) => {
    const [a, b] = [centred(z, j), centred(z, k)];
    return a.reduce((sum, v, i) => sum + v * (b[i] as number), 0) / (n - 1);
  };
  let [invariance, variance, covariance] = [0, 0, 0];
  for (let j = 0; j < d; j++) {
    column(z1, j).forEach((v, i) => {
      invariance += (v - (z2[i]?.[j] as number)) ** 2 / (n * d);
    });
    for (const z of [z1, z2]) {
      variance += Math.max(0, 1 - Math.sqrt(covarianceOf(z, j, j) + 1e-4)) / d / 2;
      for (let k = 0; k < d; k++) if (k !== j) covariance += covarianceOf(z, j, k) ** 2 / d;
    }
  }
  return { invariance, variance, covariance };
}

describe('vicRegLoss', () => {
  it.each([
    [2, 3, 1],
    [6, 4, 0.3],
    [16, 40, 2],
  ])(
    'equals Algorithm 1 for %d pairs of %d numbers, each term and their sum',
    (pairs, width, scale) => {
      const [z1, z2] = pair(pairs, width, scale);
      const expected = terms(z1.arraySync(), z2.arraySync());
      for (const name of ['invariance', 'variance', 'covariance'] as const) {
        const found = numberOf(vicRegLoss(z1, z2, { ...OFF, [name]: 1 }));
        expect(Math.abs(found - expected[name])).toBeLessThan(1e-5 * Math.max(1, expected[name]));
      }
      const sum = 25 * expected.invariance + 25 * expected.variance + expected.covariance;
      expect(numberOf(vicRegLoss(z1, z2)) / sum).toBeCloseTo(1, 5);
    },
  );

  it('is 24.75 when everything is one point: the variance alone is missing', () => {
    const point = tf.ones<tf.Rank.R2>([8, 5]);
    // 25 · (1 − √1e-4), by hand.
    expect(numberOf(vicRegLoss(point, point))).toBeCloseTo(24.75, 4);
  });

  it('has the gradient of finite differences, finite where everything is one point', () => {
    const [z1, z2] = pair(5, 3, 0.5);
    const gradient = tf.grad((z) => vicRegLoss(z as tf.Tensor2D, z2))(z1);
    const sum = (rows1: number[][]) => {
      const { invariance, variance, covariance } = terms(rows1, z2.arraySync());
      return 25 * invariance + 25 * variance + covariance;
    };
    const expected = finiteDifferences(z1.arraySync(), sum);
    expect(expected).toHaveLength(gradient.size);
    expected.forEach((one, i) => {
      expect(gradient.dataSync()[i]).toBeCloseTo(one, 3);
    });
    const point = tf.ones<tf.Rank.R2>([4, 3]);
    const atPoint = tf.grad((z) => vicRegLoss(z as tf.Tensor2D, point))(point);
    expect(atPoint.isFinite().all().dataSync()[0]).toBe(1);
  });

  it('says what is wrong with its input', () => {
    const [z1, z2] = pair(4, 3);
    expect(() => vicRegLoss(z1, pair(5, 3)[1])).toThrow(InvalidArgumentError);
    expect(() => vicRegLoss(...pair(1, 3))).toThrow(/at least 2 pairs/);
    for (const name of ['invariance', 'variance', 'covariance']) {
      for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => vicRegLoss(z1, z2, { [name]: weight })).toThrow(new RegExp(`weight ${name}`));
      }
    }
  });
});
