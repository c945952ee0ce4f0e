import * as tf from '../runtime/tensorflow';
import { assertTemperature } from './assert-temperature';
import { assertEmbeddingPair } from './embedding-pair';
import { l2Normalise } from './l2-normalise';
import { MASKED_LOGIT } from './masked-logit';

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
 * It is `ln(2N − 1)` when all similarities are equal. The gradient is written out: with `P` the softmax of the rows of
 * the masked similarity matrix, `∂loss/∂z = ((P + Pᵀ) z − 2 z_p) / (2N τ)`, which needs one `2N × 2N` product forward
 * and two backward, and no gradient of a maximum.
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32, of any length: they are normalised here. Row i of both
 *   comes from image i.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns The loss, a scalar that can be differentiated once; the caller disposes it.
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
  return tf.tidy(() => pairCrossEntropy(l2Normalise(tf.concat([z1, z2])), temperature));
}

/** The loss of `2N` stacked unit vectors, whose partners are `N` rows apart, with its gradient. */
function pairCrossEntropy(stacked: tf.Tensor2D, temperature: number): tf.Scalar {
  const rows = stacked.shape[0];
  const pairs = rows / 2;
  const withGradient = tf.customGrad((input, saveForGradient) => {
    const z = input as tf.Tensor2D;
    const save = saveForGradient as tf.GradSaveFunc;
    const itself = tf.oneHot(tf.range(0, rows, 1, 'int32'), rows, MASKED_LOGIT, 0);
    const logits = tf.matMul(z, z, false, true).div(temperature).sub(itself);
    const logDenominator = tf.logSumExp(logits, 1, true);
    const probabilities = tf.exp(tf.sub(logits, logDenominator));
    const partner = tf.concat([z.slice([pairs]), z.slice([0], [pairs])]);
    save([z, probabilities, partner]);
    const positive = tf.sum(tf.mul(z, partner)).div(temperature * rows);
    return {
      value: tf.sub(tf.mean(logDenominator), positive),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
        const [z, p, partner] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        return tf
          .matMul(p, z)
          .add(tf.matMul(p, z, true))
          .sub(tf.mul(partner, 2))
          .mul(upstream.div(temperature * rows));
      },
    };
  });
  return withGradient(stacked) as tf.Scalar;
}
