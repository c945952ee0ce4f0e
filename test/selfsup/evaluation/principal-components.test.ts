import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import {
  fillByPrincipalComponents,
  InvalidArgumentError,
  principalComponents,
  RandomStream,
  tf,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Rows that vary by 5, 4, 3, 2 in random directions and by 0.1 in all others. */
function rowsOf(count: number, width: number): tf.Tensor2D {
  return tf.tidy(() => {
    const random = new RandomStream([3, 8]);
    const directions = random.normal([4, width]).div(Math.sqrt(width)) as tf.Tensor2D;
    const codes = random.normal([count, 4]).mul(tf.tensor1d([5, 4, 3, 2])) as tf.Tensor2D;
    return tf
      .matMul(codes, directions)
      .add(random.normal([count, width]).mul(0.1))
      .add(7) as tf.Tensor2D;
  });
}

/** Eigenvalues and eigenvectors of the covariance in float64, largest first. */
function exact(rows: tf.Tensor2D) {
  const values = new Matrix(rows.arraySync());
  const centred = values.clone().subRowVector(values.mean('column'));
  const covariance = centred
    .transpose()
    .mmul(centred)
    .div(values.rows - 1);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).reverse();
  return {
    mean: values.mean('column'),
    covariance,
    variances: order.map((i) => realEigenvalues[i] as number),
    vectors: order.map((i) => eigenvectorMatrix.getColumn(i)),
  };
}

const dot = (a: number[], b: number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

describe('principalComponents', () => {
  it('finds the eigenvectors of the covariance', () => {
    const rows = rowsOf(200, 20);
    const found = principalComponents(rows, { components: 4 });
    const expected = exact(rows);
    const vectors = found.components.arraySync();
    for (let k = 0; k < 4; k++) {
      expect((found.variances[k] as number) / (expected.variances[k] as number)).toBeCloseTo(1, 3);
      const cosine = dot(vectors[k] as number[], expected.vectors[k] as number[]);
      expect(Math.abs(cosine)).toBeCloseTo(1, 4);
      for (let j = 0; j <= k; j++) {
        expect(dot(vectors[k] as number[], vectors[j] as number[])).toBeCloseTo(j === k ? 1 : 0, 5);
      }
    }
    const others = expected.variances.slice(4);
    const otherVariance = others.reduce((sum, value) => sum + value, 0) / others.length;
    expect(found.otherVariance / otherVariance).toBeCloseTo(1, 2);
    const gap = tf.sub(found.mean, tf.tensor1d(expected.mean)).abs().max().dataSync()[0];
    expect(gap).toBeLessThan(1e-4);
  });

  it('says what does not fit', () => {
    const rows = rowsOf(8, 20);
    for (const components of [0, 8, 1.5]) {
      expect(() => principalComponents(rows, { components })).toThrow(InvalidArgumentError);
    }
  });
});

describe('fillByPrincipalComponents', () => {
  it('gives the conditional mean of a normal distribution, and leaves visible numbers alone', () => {
    const rows = rowsOf(300, 16);
    const pca = principalComponents(rows, { components: 4 });
    const some = rows.slice([0], [5]) as tf.Tensor2D;
    const hidden = new RandomStream([1, 1]).uniform([5, 16]).greater(0.5).toFloat() as tf.Tensor2D;
    const filled = fillByPrincipalComponents(some, hidden, pca).arraySync();
    // The same distribution written as one covariance: μ_h + Σ_hv Σ_vv⁻¹ (x_v − μ_v), in float64.
    const vectors = new Matrix(pca.components.arraySync());
    const scaled = Matrix.diag(pca.variances.map((value) => value - pca.otherVariance));
    const sigma = vectors
      .transpose()
      .mmul(scaled)
      .mmul(vectors)
      .add(Matrix.eye(16).mul(pca.otherVariance));
    const mean = pca.mean.arraySync();
    const given = some.arraySync();
    hidden.arraySync().forEach((mask, row) => {
      const of = (wanted: number) => mask.flatMap((value, i) => (value === wanted ? [i] : []));
      const [visible, gaps] = [of(0), of(1)];
      const values = given[row] as number[];
      const seen = Matrix.columnVector(
        visible.map((i) => (values[i] as number) - (mean[i] as number)),
      );
      const guess = sigma
        .selection(gaps, visible)
        .mmul(inverse(sigma.selection(visible, visible)))
        .mmul(seen)
        .to1DArray();
      gaps.forEach((place, at) => {
        const expected = (guess[at] as number) + (mean[place] as number);
        expect(filled[row]?.[place]).toBeCloseTo(expected, 2);
      });
      for (const place of visible) expect(filled[row]?.[place]).toBe(values[place]);
    });
  });

  it('does not read what is hidden', () => {
    const rows = rowsOf(100, 12);
    const pca = principalComponents(rows, { components: 3 });
    const hidden = tf.tensor2d([[1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]]);
    const one = rows.slice([0], [1]) as tf.Tensor2D;
    const spoiled = tf.where(hidden.greater(0), tf.fill([1, 12], Number.NaN), one) as tf.Tensor2D;
    expect(fillByPrincipalComponents(spoiled, hidden, pca).arraySync()).toEqual(
      fillByPrincipalComponents(one, hidden, pca).arraySync(),
    );
  });

  it.each([1e-6, 1e-3, 1, 1e3])('fills gaps whatever the unit of the data: %d', (unit) => {
    // Of rank 3, so that the visible columns say all of the hidden one.
    const random = new RandomStream([4, 1]);
    const rows = tf.matMul(random.normal([60, 3]), random.normal([3, 6])).mul(unit) as tf.Tensor2D;
    const hidden = tf.tile(tf.tensor2d([[0, 1, 0, 0, 0, 0]]), [60, 1]);
    const pca = principalComponents(rows, { components: 3 });
    const filled = fillByPrincipalComponents(rows, hidden, pca);
    const error = filled.sub(rows).norm().div(rows.norm()).dataSync()[0] as number;
    expect(error).toBeLessThan(0.01);
    tf.dispose([rows, hidden, pca.mean, pca.components, filled]);
  });

  it('fills gaps of rows that are all the same by what they are', () => {
    const rows = tf.tile(tf.tensor2d([[1, 2, 3, 4]]), [9, 1]);
    const hidden = tf.tile(tf.tensor2d([[0, 0, 1, 0]]), [9, 1]);
    const pca = principalComponents(rows, { components: 2 });
    const filled = fillByPrincipalComponents(rows, hidden, pca);
    expect([...filled.dataSync()]).toEqual([...rows.dataSync()]);
    tf.dispose([rows, hidden, pca.mean, pca.components, filled]);
  });

  it('refuses rows that are not finite', () => {
    const rows = tf.fill<tf.Rank.R2>([20, 5], Number.NaN);
    expect(() => principalComponents(rows, { components: 2 })).toThrow(/rows are NaN or infinite/);
    rows.dispose();
  });

  it('refuses shapes that do not fit, and leaves no tensors', () => {
    const rows = rowsOf(50, 12);
    const before = tf.memory().numTensors;
    const pca = principalComponents(rows, { components: 3 });
    const hidden = tf.zeros<tf.Rank.R2>([50, 11]);
    expect(() => fillByPrincipalComponents(rows, hidden, pca)).toThrow(/hidden of the shape/);
    const whole = tf.zeros<tf.Rank.R2>([50, 12]);
    fillByPrincipalComponents(rows, whole, pca).dispose();
    tf.dispose([hidden, whole, pca.mean, pca.components]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
