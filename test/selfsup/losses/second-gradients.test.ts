import {
  barlowTwinsLoss,
  decoupledContrastiveLoss,
  negativeCosineSimilarity,
  RandomStream,
  tf,
  vicRegLoss,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { finiteDifferences } from './finite-differences';

// Those of NT-Xent, InfoNCE and the two-tower loss are compared with torch's (test/peers).

type Matrix = number[][];
const [ROWS, WIDTH] = [5, 3];
const dot = (x: number[], y: number[]) => x.reduce((sum, v, d) => sum + v * (y[d] as number), 0);
const unit = (rows: Matrix): Matrix => rows.map((row) => row.map((v) => v / Math.hypot(...row)));
const columns = (rows: Matrix): Matrix =>
  Array.from({ length: WIDTH }, (_, d) => {
    const column = rows.map((row) => row[d] as number);
    const mean = column.reduce((sum, v) => sum + v, 0) / ROWS;
    return column.map((v) => v - mean);
  });

function decoupled(x: Matrix, y: Matrix, temperature: number): number {
  const z = unit([...x, ...y]);
  const cosine = (i: number, j: number) => dot(z[i] as number[], z[j] as number[]) / temperature;
  const all = z.map((_, i) => i);
  const terms = all.map((i) => {
    const partner = (i + ROWS) % (2 * ROWS);
    const others = all.filter((k) => k !== i && k !== partner);
    return (
      Math.log(others.reduce((sum, k) => sum + Math.exp(cosine(i, k)), 0)) - cosine(i, partner)
    );
  });
  return terms.reduce((sum, term) => sum + term, 0) / terms.length;
}

function negativeCosine(x: Matrix, y: Matrix): number {
  const [p, t] = [unit(x), unit(y)];
  return -p.reduce((sum, row, i) => sum + dot(row, t[i] as number[]), 0) / ROWS;
}

function barlowTwins(x: Matrix, y: Matrix, redundancy: number): number {
  const [s, t] = [x, y].map((rows) =>
    columns(rows).map((c) => c.map((v) => v / Math.sqrt(dot(c, c) / ROWS + 1e-5))),
  ) as [Matrix, Matrix];
  let sum = 0;
  for (const [i, one] of s.entries()) {
    for (const [j, other] of t.entries()) {
      const correlation = dot(one, other) / ROWS;
      sum += i === j ? (correlation - 1) ** 2 : redundancy * correlation ** 2;
    }
  }
  return sum;
}

function vicReg(x: Matrix, y: Matrix): number {
  let [invariance, variance, covariance] = [0, 0, 0];
  for (const [i, row] of x.entries()) {
    for (const [d, v] of row.entries()) {
      invariance += (v - (y[i]?.[d] as number)) ** 2 / (ROWS * WIDTH);
    }
  }
  for (const c of [columns(x), columns(y)]) {
    for (const [i, one] of c.entries()) {
      for (const [j, other] of c.entries()) {
        const value = dot(one, other) / (ROWS - 1);
        if (i === j) variance += Math.max(0, 1 - Math.sqrt(value + 1e-4)) / WIDTH / 2;
        else covariance += value ** 2 / WIDTH;
      }
    }
  }
  return 25 * invariance + 25 * variance + covariance;
}

const LOSSES: Record<
  string,
  [(x: tf.Tensor2D, y: tf.Tensor2D) => tf.Scalar, (x: Matrix, y: Matrix) => number]
> = {
  decoupledContrastiveLoss: [
    (x, y) => decoupledContrastiveLoss(x, y, { temperature: 0.5 }),
    (x, y) => decoupled(x, y, 0.5),
  ],
  negativeCosineSimilarity: [negativeCosineSimilarity, negativeCosine],
  barlowTwinsLoss: [
    (x, y) => barlowTwinsLoss(x, y, { redundancy: 0.1 }),
    (x, y) => barlowTwins(x, y, 0.1),
  ],
  vicRegLoss: [vicRegLoss, vicReg],
};

/** Of fourth order in the step: of what is left, 1e-10 of a difference. */
function fourthOrder(at: (step: number) => number): number {
  const step = 1e-3;
  const [near, far] = [step, 2 * step].map((h) => at(h) - at(-h)) as [number, number];
  return (8 * near - far) / (12 * step);
}

describe.each(Object.entries(LOSSES))('a gradient penalty through %s', (_, [loss, inFloat64]) => {
  it('has the gradient of float64', () => {
    tf.tidy(() => {
      const random = new RandomStream([2, 2]);
      // Deviations below 1, so that no dimension of VICReg has enough.
      const [x, y] = [0, 1].map(() => random.normal([ROWS, WIDTH], 0, 0.4)) as [
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const given = y.arraySync();
      expect(inFloat64(x.arraySync(), given)).toBeCloseTo(loss(x, y).dataSync()[0] as number, 4);
      const penalty = (rows: Matrix) =>
        finiteDifferences(rows, (moved) => inFloat64(moved, given), fourthOrder).reduce(
          (sum, g) => sum + g * g,
          0,
        );
      const expected = finiteDifferences(x.arraySync(), penalty);
      const largest = Math.max(...expected.map(Math.abs));
      const first = tf.grad((z) => loss(z as tf.Tensor2D, y));
      const found = tf
        .grad((z) => first(z).square().sum())(x)
        .dataSync();
      expected.forEach((value, i) => {
        expect(Math.abs((found[i] as number) - value) / largest).toBeLessThan(1e-3);
      });
    });
  });
});
