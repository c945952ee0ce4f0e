import { assertWeight } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertEmbeddingPair } from './embedding-pair';

/** Weights of the three terms of {@link vicRegLoss}; 0 switches one off. */
export interface VicRegOptions {
  /** λ, of the distance between the two views. Default 25. */
  readonly invariance?: number;
  /** μ, of what keeps each dimension's deviation at 1. Default 25. */
  readonly variance?: number;
  /** ν, of what decorrelates the dimensions. Default 1. */
  readonly covariance?: number;
}

/** γ: the deviation that each dimension shall have. */
const DEVIATION = 1;
/** Added to variances under the root, whose gradient would be infinite at 0. */
const EPSILON = 1e-4;

/**
 * VICReg: views of one image shall be close (invariance), each dimension shall vary over the batch (variance), and no two
 * dimensions shall say the same (covariance). Nothing compares different images: without negatives, the last two terms
 * keep the embeddings from collapsing to a point or to a line.
 *
 * ```
 * loss = λ mean((z1 − z2)²) + μ/2 Σ_v mean_j max(0, 1 − √(Var z_v,j + 1e-4)) + ν/d Σ_v Σ_{j≠k} Cov(z_v)²_jk
 * ```
 *
 * Variances and covariances are of the batch, with `N − 1` in the denominator, for each view `v` on its own. The embeddings
 * are not normalised.
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32. Row i of both comes from image i.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns The loss, a scalar that can be differentiated; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ, are not `[N, d]` with `N ≥ 2`, or a weight is below 0.
 * @see Bardes, Ponce, LeCun, "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning", 2022,
 *   arXiv:2105.04906; with the half of the variance term that the authors' code has, and equation 6 has not.
 */
export function vicRegLoss(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  { invariance = 25, variance = 25, covariance = 1 }: VicRegOptions = {},
): tf.Scalar {
  assertEmbeddingPair('vicRegLoss', z1, z2);
  assertWeight('vicRegLoss', 'invariance', invariance);
  assertWeight('vicRegLoss', 'variance', variance);
  assertWeight('vicRegLoss', 'covariance', covariance);
  return tf.tidy(() => {
    const terms = [tf.squaredDifference(z1, z2).mean().mul(invariance)];
    for (const z of [z1, z2]) {
      const { variances, covariances } = secondMoments(z);
      const shortfall = tf.relu(tf.sub(DEVIATION, variances.add(EPSILON).sqrt()));
      terms.push(shortfall.mean().mul(variance / 2));
      terms.push(
        offDiagonal(covariances)
          .square()
          .sum()
          .mul(covariance / z.shape[1]),
      );
    }
    return tf.addN(terms) as tf.Scalar;
  });
}

/** Variances `[d]` and covariances `[d, d]` of the columns, with `N − 1`. */
function secondMoments(z: tf.Tensor2D): { variances: tf.Tensor1D; covariances: tf.Tensor2D } {
  const [rows] = z.shape;
  const centred = z.sub(z.mean(0)) as tf.Tensor2D;
  return {
    variances: centred
      .square()
      .sum(0)
      .div(rows - 1) as tf.Tensor1D,
    covariances: tf.matMul(centred, centred, true).div(rows - 1) as tf.Tensor2D,
  };
}

/** A square matrix with zeros on its diagonal. */
function offDiagonal(matrix: tf.Tensor2D): tf.Tensor {
  return matrix.mul(tf.sub(1, tf.eye(matrix.shape[0])));
}
