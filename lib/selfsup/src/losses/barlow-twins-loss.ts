import { assertWeight } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertEmbeddingPair } from './embedding-pair';

/** Options of {@link barlowTwinsLoss}. */
export interface BarlowTwinsOptions {
  /** λ, of the correlations between different dimensions. Default 0.005. */
  readonly redundancy?: number;
}

/** Added to variances, so that a dimension that does not vary over the batch divides by no 0; as batch normalization does. */
const EPSILON = 1e-5;

/**
 * Barlow Twins: the correlation matrix between the dimensions of the first views and those of the second, over the batch,
 * shall be the identity. On its diagonal, each dimension shall say the same of both views; beside it, no two dimensions
 * shall say the same. Nothing compares different images.
 *
 * ```
 * C    = 1/N Σ_i ẑ1_i ẑ2_iᵀ,  ẑ = (z − mean z) / √(Var z + 1e-5), each dimension over its batch
 * loss = Σ_j (1 − C_jj)² + λ Σ_{j≠k} C_jk²
 * ```
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32. Row i of both comes from image i.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns The loss, a scalar that can be differentiated; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ, are not `[N, d]` with `N ≥ 2`, or the weight is below 0.
 * @see Zbontar, Jing, Misra, LeCun, Deny, "Barlow Twins: Self-Supervised Learning via Redundancy Reduction", 2021,
 *   arXiv:2103.03230, Algorithm 1; the variance is the population's, as in the authors' code (batch normalization).
 */
export function barlowTwinsLoss(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  { redundancy = 0.005 }: BarlowTwinsOptions = {},
): tf.Scalar {
  assertEmbeddingPair('barlowTwinsLoss', z1, z2);
  assertWeight('barlowTwinsLoss', 'redundancy', redundancy);
  return tf.tidy(() => {
    const [rows, dim] = z1.shape;
    const correlations = tf.matMul(standardised(z1), standardised(z2), true).div(rows);
    const same = tf.eye(dim);
    const weights = same.mul(1 - redundancy).add(redundancy);
    return correlations.sub(same).square().mul(weights).sum() as tf.Scalar;
  });
}

/** Columns of mean 0 and deviation 1; one that does not vary becomes 0. */
function standardised(z: tf.Tensor2D): tf.Tensor2D {
  const centred = z.sub(z.mean(0));
  return centred.mul(centred.square().mean(0).add(EPSILON).rsqrt()) as tf.Tensor2D;
}
