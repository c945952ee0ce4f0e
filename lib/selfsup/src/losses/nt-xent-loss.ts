import { assertTemperature } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertEmbeddingPair } from './embedding-pair';
import { l2Normalise } from './l2-normalise';
import { pairCrossEntropy } from './pair-cross-entropy';

/** Options of {@link ntXentLoss}. */
export interface NtXentOptions {
  /** τ, by which cosines are divided; the smaller, the more the hardest negatives dominate. Default 0.5. */
  readonly temperature?: number;
}

/**
 * NT-Xent, the normalised temperature-scaled cross entropy of SimCLR. The rows of both views are stacked to
 * `z_1 … z_2N` and scaled to length 1; each row must pick its partner `p(i)`, the other view of the same image, out
 * of the other `2N − 1` rows:
 *
 * ```
 * ℓ_i  = −log( exp(z_i·z_p(i) / τ) / Σ_{k≠i} exp(z_i·z_k / τ) )
 * loss = 1/2N Σ_i ℓ_i
 * ```
 *
 * It is `ln(2N − 1)` when all similarities are equal. The gradient is written out; see {@link pairCrossEntropy}.
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32, of any length: they are normalised here. Row i of both
 *   comes from image i.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns The loss, a scalar that can be differentiated, twice too; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ, are not `[N, d]` with `N ≥ 2`, or the temperature is not above 0.
 * @see Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive Learning of Visual Representations",
 *   2020, arXiv:2002.05709, Algorithm 1.
 */
export function ntXentLoss(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  { temperature = 0.5 }: NtXentOptions = {},
): tf.Scalar {
  assertEmbeddingPair('ntXentLoss', z1, z2);
  assertTemperature('ntXentLoss', temperature, '0.1 to 0.5');
  return tf.tidy(() => pairCrossEntropy(l2Normalise(tf.concat([z1, z2])), temperature, 'others'));
}
