import {
  decoupledContrastiveLoss,
  InvalidArgumentError,
  ntXentLoss,
  RandomStream,
  tf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { finiteDifferences } from './finite-differences';

function pair(pairs: number, width: number): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([3, pairs]);
  return [
    random.normal([pairs, width]) as tf.Tensor2D,
    random.normal([pairs, width]) as tf.Tensor2D,
  ];
}
const numberOf = (loss: tf.Scalar) => loss.dataSync()[0] as number;

/** Equation 5 of the paper in double precision, one embedding after the other. */
function equation5(z1: number[][], z2: number[][], temperature: number): number {
  const z = [...z1, ...z2].map((row) => row.map((v) => v / Math.hypot(...row)));
  const similarity = (i: number, k: number) =>
    (z[i] as number[]).reduce((sum, v, d) => sum + v * (z[k]?.[d] as number), 0) / temperature;
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    const partner = (i + z1.length) % z.length;
    let denominator = 0;
    for (let k = 0; k < z.length; k++) {
      if (k !== i && k !== partner) denominator += Math.exp(similarity(i, k));
    }
    sum += Math.log(denominator) - similarity(i, partner);
  }
  return sum / z.length;
}

describe('decoupledContrastiveLoss', () => {
  it.each([
    [2, 3, 0.1],
    [5, 4, 0.5],
    [16, 64, 0.1],
    [7, 2, 5],
  ])(
    'equals equation 5 for %d pairs of %d numbers, temperature %d',
    (pairs, width, temperature) => {
      const [z1, z2] = pair(pairs, width);
      const expected = equation5(z1.arraySync(), z2.arraySync(), temperature);
      const found = numberOf(decoupledContrastiveLoss(z1, z2, { temperature }));
      expect(Math.abs(found - expected)).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected)));
    },
  );

  it('is ln(2N − 2) when all similarities are equal, and below 0 for pairs apart from all others', () => {
    const same = tf.ones<tf.Rank.R2>([6, 4]);
    expect(numberOf(decoupledContrastiveLoss(same, same))).toBeCloseTo(Math.log(10), 5);
    const apart = tf.eye(3);
    // Four negatives at cosine 0, by hand.
    expect(numberOf(decoupledContrastiveLoss(apart, apart))).toBeCloseTo(Math.log(4) - 10, 4);
  });

  it('has the gradient of finite differences', () => {
    const [z1, z2] = pair(4, 3);
    const gradient = tf.grad((z) => decoupledContrastiveLoss(z as tf.Tensor2D, z2))(z1);
    const expected = finiteDifferences(z1.arraySync(), (moved) =>
      equation5(moved, z2.arraySync(), 0.1),
    );
    expect(expected).toHaveLength(gradient.size);
    expected.forEach((one, i) => {
      expect(gradient.dataSync()[i]).toBeCloseTo(one, 3);
    });
  });

  it('pulls a pair that is already alike no less: what sets it apart from NT-Xent', () => {
    // Views 0.1 rad apart, other images at a right angle.
    const z1 = tf.tensor2d([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const z2 = tf.tensor2d([
      [Math.cos(0.1), Math.sin(0.1), 0],
      [0, Math.sin(0.1), Math.cos(0.1)],
    ]);
    const lengthOf = (loss: typeof ntXentLoss) =>
      tf
        .grad((z) => loss(z as tf.Tensor2D, z2, { temperature: 0.1 }))(z1)
        .norm()
        .dataSync()[0] as number;
    expect(lengthOf(decoupledContrastiveLoss)).toBeGreaterThan(100 * lengthOf(ntXentLoss));
  });

  it('says what is wrong with its input', () => {
    const [z1, z2] = pair(4, 3);
    expect(() => decoupledContrastiveLoss(z1, pair(5, 3)[1])).toThrow(InvalidArgumentError);
    expect(() => decoupledContrastiveLoss(z1, z2, { temperature: 0 })).toThrow(/above 0/);
  });
});
