import {
  decoupledContrastiveLoss,
  infoNceLoss,
  negativeCosineSimilarity,
  RandomStream,
  tf,
  twoTowerLoss,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

type Rows = tf.Tensor2D;
const random = new RandomStream([13, 13]);
const [a, b, negatives] = [6, 6, 9].map((rows) => random.normal([rows, 8])) as [Rows, Rows, Rows];
const captions = tf.range(0, 6, 1, 'int32');

/** The losses of cosines, besides NT-Xent, which has tests of its own. Orthogonal pairs are as good as they can be. */
const LOSSES: Record<string, (x: Rows, y: Rows, others: Rows) => tf.Scalar> = {
  infoNceLoss: (x, y, others) => infoNceLoss(x, y, others, { temperature: 0.5 }),
  twoTowerLoss: (x, y) => twoTowerLoss(x, y, captions, { temperature: 0.5 }),
  decoupledContrastiveLoss: (x, y) => decoupledContrastiveLoss(x, y, { temperature: 0.5 }),
  negativeCosineSimilarity: (x, y) => negativeCosineSimilarity(x, y),
};

const numberOf = (x: tf.Tensor) => x.dataSync()[0] as number;

describe.each(Object.entries(LOSSES))('%s', (_, loss) => {
  it('does not depend on the lengths of the rows, however short or long, nor does the direction of its gradient', () => {
    tf.tidy(() => {
      const at = (scale: number) => {
        const others = negatives.mul<Rows>(scale);
        const of = (x: tf.Tensor) => loss(x as Rows, b.mul<Rows>(scale), others);
        const x = a.mul<Rows>(scale);
        // By a row's length the gradient grows shorter.
        return [numberOf(of(x)), ...tf.grad(of)(x).mul(scale).dataSync()];
      };
      const plain = at(1);
      expect(Math.max(...plain.map(Math.abs))).toBeGreaterThan(0.01);
      for (const scale of [1e-30, 1e-7, 1e13, 1e19]) {
        for (const [i, found] of at(scale).entries()) {
          expect(found).toBeCloseTo(plain[i] as number, 5);
        }
      }
    });
  });
});

describe('a cross entropy', () => {
  it.each([0.01, 0.02, 0.05, 0.2])('is never below 0, τ = %d', (temperature) => {
    tf.tidy(() => {
      const rows = random.normal([32, 64]) as Rows;
      const numbers = tf.range(0, 32, 1, 'int32');
      const far = rows.neg<Rows>();
      expect(numberOf(infoNceLoss(rows, rows, far, { temperature }))).toBeGreaterThanOrEqual(0);
      const eye = tf.eye(32).mul<Rows>(50);
      for (const one of [rows, eye]) {
        const found = numberOf(twoTowerLoss(one, one, numbers, { temperature }));
        expect(found).toBeGreaterThanOrEqual(0);
      }
      expect(
        numberOf(infoNceLoss(eye, eye, tf.zeros([4, 32]), { temperature })),
      ).toBeGreaterThanOrEqual(0);
    });
  });
});
