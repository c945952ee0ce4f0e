import { CholeskyDecomposition, EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import { RandomStream } from '../runtime/random-stream';
import * as tf from '../runtime/tensorflow';
import { assertFinite } from './labelled-features';

/** Options of {@link principalComponents}. */
export interface PrincipalComponentsOptions {
  /** Number of components k, less than both the rows and their length. Default 64. */
  readonly components?: number;
  /** Rounds of subspace iteration; more separate components whose variances are close. Default 8. */
  readonly iterations?: number;
  /** Where the iteration starts. Default 0. */
  readonly seed?: number;
}

/** The directions in which rows vary most. */
export interface PrincipalComponents {
  /** `[d]`. */
  readonly mean: tf.Tensor1D;
  /** Unit vectors at right angles, one a row, those of the largest variance first: `[k, d]`. */
  readonly components: tf.Tensor2D;
  /** Variance of the rows along each component (divided by n − 1), in descending order. */
  readonly variances: readonly number[];
  /** Mean variance along the other d − k directions. */
  readonly otherVariance: number;
}

/**
 * The first principal components of rows, by subspace iteration: k random directions are multiplied by the covariance and made
 * orthonormal, again and again. The covariance itself, `[d, d]`, is never formed.
 *
 * @param rows `[n, d]`, float32: pixels of images, for instance.
 * @returns The caller disposes `mean` and `components`.
 * @throws InvalidArgumentError when an option is out of range, or a number is not finite.
 * @see Halko, Martinsson, Tropp, "Finding structure with randomness", 2011, arXiv:0909.4061, algorithm 4.4.
 */
export function principalComponents(
  rows: tf.Tensor2D,
  { components = 64, iterations = 8, seed = 0 }: PrincipalComponentsOptions = {},
): PrincipalComponents {
  const [count, width] = rows.shape;
  assertCount('principalComponents', 'components', components);
  assertCount('principalComponents', 'iterations', iterations);
  assertFinite('principalComponents', 'rows', rows);
  if (components >= Math.min(count, width)) {
    throw new InvalidArgumentError(
      `principalComponents: ${components} components of ${count} rows of ${width} numbers; expected fewer than ` +
        `${Math.min(count, width)}.`,
    );
  }
  const kept: { mean?: tf.Tensor1D; components?: tf.Tensor2D } = {};
  const numbers = tf.tidy(() => {
    const mean = rows.mean(0) as tf.Tensor1D;
    const centred = rows.sub(mean) as tf.Tensor2D;
    let basis = new RandomStream([seed, 90]).normal([width, components]) as tf.Tensor2D;
    for (let round = 0; round < iterations; round++) {
      const next = orthonormal(tf.matMul(centred, tf.matMul(centred, basis), true));
      basis.dispose();
      basis = next;
    }
    // Within the subspace, the axes of its own small covariance.
    const scores = tf.matMul(centred, basis);
    const small = tf.matMul(scores, scores, true).div(count - 1) as tf.Tensor2D;
    const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
      new Matrix(small.arraySync()),
      { assumeSymmetric: true },
    );
    const order = realEigenvalues.map((_, i) => i).reverse();
    const axes = order.map((column) => eigenvectorMatrix.getColumn(column));
    kept.mean = tf.keep(mean);
    kept.components = tf.keep(tf.matMul(tf.tensor2d(axes), basis, false, true));
    const variances = order.map((column) => Math.max(0, realEigenvalues[column] as number));
    const total = centred.square().sum().dataSync()[0] as number;
    const explained = variances.reduce((sum, variance) => sum + variance, 0);
    return {
      variances,
      otherVariance: Math.max(0, total / (count - 1) - explained) / (width - components),
    };
  });
  return { ...(kept as Pick<PrincipalComponents, 'mean' | 'components'>), ...numbers };
}

/** An orthonormal basis of what the columns span, in double precision. */
function orthonormal(columns: tf.Tensor2D): tf.Tensor2D {
  const { orthogonalMatrix } = new QrDecomposition(new Matrix(columns.arraySync()));
  return tf.tensor2d(orthogonalMatrix.to2DArray());
}

/**
 * Fills gaps in rows by what principal components say of the rest: the expected value of the hidden numbers under probabilistic
 * PCA, in which a row is `μ + Σ zₖ √λₖ cₖ` with normal zₖ, plus noise of variance σ². It is the best guess that is linear in the
 * visible numbers, as far as k components describe the data.
 *
 * ```
 * z = (Wᵥᵀ Wᵥ + σ² I)⁻¹ Wᵥᵀ (xᵥ − μᵥ),  x_h = μ_h + W_h z,  columns of W: √(λₖ − σ²) cₖ
 * ```
 *
 * @param rows `[n, d]`, float32; what stands at hidden places is not read.
 * @param hidden `[n, d]`, 1 for hidden numbers and 0 for visible ones.
 * @returns `[n, d]`, visible numbers as they were; the caller disposes it.
 * @throws InvalidArgumentError when shapes do not fit.
 * @see Tipping and Bishop, "Probabilistic Principal Component Analysis", Journal of the Royal Statistical Society B, 1999.
 */
export function fillByPrincipalComponents(
  rows: tf.Tensor2D,
  hidden: tf.Tensor2D,
  { mean, components, variances, otherVariance }: PrincipalComponents,
): tf.Tensor2D {
  const [count, width] = rows.shape;
  if (hidden.shape.join() !== rows.shape.join() || components.shape[1] !== width) {
    throw new InvalidArgumentError(
      `fillByPrincipalComponents: rows [${rows.shape}], hidden [${hidden.shape}], components [${components.shape}]; expected ` +
        'hidden of the shape of the rows, and components of their length.',
    );
  }
  // Data that lie in the components leave no noise, and the inverse needs some: a share of the largest variance, whatever
  // the unit. Any where nothing varies: then the mean is the answer.
  const noise = Math.max(otherVariance, 1e-6 * (variances[0] ?? 0)) || 1;
  return tf.tidy(() => {
    const scales = variances.map((variance) => Math.sqrt(Math.max(0, variance - noise)));
    const directions = components.mul(tf.tensor2d(scales, [scales.length, 1])) as tf.Tensor2D;
    const visible = tf.sub(1, hidden);
    // `where`, not a product: a hidden number may be NaN.
    const seen = tf.where(hidden.greater(0.5), tf.zerosLike(rows), rows.sub(mean)) as tf.Tensor2D;
    const targets = (tf.matMul(seen, directions, false, true) as tf.Tensor2D).arraySync();
    const codes = Array.from({ length: count }, (_, row) => {
      const gram = tf.tidy(() => {
        const own = directions.mul(visible.slice([row, 0], [1, -1])) as tf.Tensor2D;
        return (tf.matMul(own, directions, false, true) as tf.Tensor2D).arraySync();
      });
      const precision = new Matrix(gram).add(Matrix.eye(scales.length).mul(noise));
      const target = Matrix.columnVector(targets[row] as number[]);
      return new CholeskyDecomposition(precision).solve(target).to1DArray();
    });
    const guesses = tf.matMul(tf.tensor2d(codes), directions).add(mean);
    return tf.where(hidden.greater(0.5), guesses, rows) as tf.Tensor2D;
  });
}
