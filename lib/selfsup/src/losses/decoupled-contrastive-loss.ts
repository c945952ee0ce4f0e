import { assertTemperature } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertEmbeddingPair } from './embedding-pair';
import { l2Normalise } from './l2-normalise';
import { pairCrossEntropy } from './pair-cross-entropy';

/** Options of {@link decoupledContrastiveLoss}. */
export interface DecoupledContrastiveOptions {
  /** τ, by which cosines are divided. Default 0.1. */
  readonly temperature?: number;
}

/**
 * The decoupled contrastive loss: NT-Xent whose denominator holds the negatives alone, without the positive. In NT-Xent a
 * pair that is already alike scales its own gradient, and that of its negatives, towards 0, most of all in small batches;
 * here it does not.
 *
 * ```
 * loss = 1/2N Σ_i ( log Σ_{k∉{i,p(i)}} exp(z_i·z_k / τ) − z_i·z_p(i) / τ )
 * ```
 *
 * It is `ln(2N − 2)` when all similarities are equal, and may be below 0.
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32, of any length: they are normalised here. Row i of both
 *   comes from image i.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns The loss, a scalar that can be differentiated, twice too; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ, are not `[N, d]` with `N ≥ 2`, or the temperature is not above 0.
 * @see Yeh, Hong, Hsu, Liu, Chen, LeCun, "Decoupled Contrastive Learning", 2021, arXiv:2110.06848, equation 5. lightly's
 *   `DCLLoss` adds the logarithms of two sums, over each view's negatives, where the paper has that of one.
 */
export function decoupledContrastiveLoss(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  { temperature = 0.1 }: DecoupledContrastiveOptions = {},
): tf.Scalar {
  assertEmbeddingPair('decoupledContrastiveLoss', z1, z2);
  assertTemperature('decoupledContrastiveLoss', temperature, '0.1 to 0.5');
  return tf.tidy(() =>
    pairCrossEntropy(l2Normalise(tf.concat([z1, z2])), temperature, 'negatives'),
  );
}
