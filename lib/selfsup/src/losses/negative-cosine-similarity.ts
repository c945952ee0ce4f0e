import * as tf from '../runtime/tensorflow';
import { assertEmbeddingPair } from './embedding-pair';
import { l2Normalise } from './l2-normalise';

/**
 * How far predictions are from pointing where their targets do: `D(p, z) = −mean_i cos(p_i, z_i)`, −1 at best. It is the
 * loss of SimSiam and, but for a constant and a factor 2, of BYOL.
 *
 * @param predictions `[N, d]`, float32, of any length: they are normalised here.
 * @param targets `[N, d]`. Pass them through {@link stopGradient} where no gradient shall reach them.
 * @returns The loss, a scalar that can be differentiated; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ or are not `[N, d]` with `N ≥ 2`.
 * @see Chen, He, "Exploring Simple Siamese Representation Learning", 2021, arXiv:2011.10566, equation 1.
 */
export function negativeCosineSimilarity(
  predictions: tf.Tensor2D,
  targets: tf.Tensor2D,
): tf.Scalar {
  assertEmbeddingPair('negativeCosineSimilarity', predictions, targets);
  return tf.tidy(
    () => l2Normalise(predictions).mul(l2Normalise(targets)).sum(1).mean().neg() as tf.Scalar,
  );
}
