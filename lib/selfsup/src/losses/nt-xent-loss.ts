import { assertTemperature } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
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
  return tf.tidy(() => pairCrossEntropy(l2Normalise(tf.concat([z1, z2])), temperature));
}

/** The logits of `2N` stacked unit vectors: their cosines divided by τ, each one's similarity to itself taken out. */
function maskedLogits(z: tf.Tensor2D, temperature: number): tf.Tensor2D {
  const rows = z.shape[0];
  const itself = tf.oneHot(tf.range(0, rows, 1, 'int32'), rows, MASKED_LOGIT, 0);
  return tf.matMul(z, z, false, true).div(temperature).sub(itself) as tf.Tensor2D;
}

/** `((P + Pᵀ) z − 2 z_p) / (2N τ)`: the gradient of the loss of `2N` stacked unit vectors. */
function pairGradient(z: tf.Tensor2D, p: tf.Tensor2D, temperature: number): tf.Tensor2D {
  const pull = withTransposed(p, z).sub(tf.mul(partners(z), 2));
  return pull.div(temperature * z.shape[0]) as tf.Tensor2D;
}

/** `(m + mᵀ) z`. */
function withTransposed(m: tf.Tensor2D, z: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(m, z).add(tf.matMul(m, z, true)) as tf.Tensor2D;
}

/** Each row's partner at its place: the two halves change places. */
function partners<R extends tf.Rank>(rows: tf.Tensor<R>): tf.Tensor<R> {
  const pairs = (rows.shape[0] as number) / 2;
  return tf.concat([rows.slice(pairs), rows.slice(0, pairs)]);
}

/** The loss of `2N` stacked unit vectors, whose partners are `N` rows apart, with its gradient and the gradient of that. */
function pairCrossEntropy(stacked: tf.Tensor2D, temperature: number): tf.Scalar {
  const withGradient = tf.customGrad((input, saveForGradient) => {
    const z = input as tf.Tensor2D;
    const save = saveForGradient as tf.GradSaveFunc;
    const rows = z.shape[0];
    const logits = maskedLogits(z, temperature);
    const logDenominator = tf.logSumExp(logits, 1);
    const probabilities = tf.exp(tf.sub(logits, logDenominator.expandDims(1)));
    save([z, probabilities]);
    const row = tf.range(0, rows, 1, 'int32');
    // Out of the same product as the denominator: no loss can then be below 0 by rounding.
    const positive = tf.gatherND(logits, tf.stack([row, partners(row)], 1));
    return {
      value: tf.mean(tf.sub(logDenominator, positive)),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
        const [unit, p] = saved as [tf.Tensor2D, tf.Tensor2D];
        return differentiableGradient(unit, upstream, p, temperature);
      },
    };
  });
  return withGradient(stacked) as tf.Scalar;
}

/**
 * `u` times the gradient `((P + Pᵀ) z − 2 z_p) / (2N τ)`, from the probabilities `P` that the loss has saved. To its own
 * gradient they would be constants, so that is written out as well. For a cotangent `h`, with `M = h zᵀ + z hᵀ` and
 * `D = P ⊙ (M − Σ_j P ⊙ M)`, it is `u ((P + Pᵀ) h − 2 h_p + (D + Dᵀ) z / τ) / (2N τ)`.
 */
function differentiableGradient(
  z: tf.Tensor2D,
  upstream: tf.Tensor,
  p: tf.Tensor2D,
  temperature: number,
): tf.Tensor {
  const gradient = tf.customGrad((...args) => {
    const [unit, factor, save] = args as unknown as [tf.Tensor2D, tf.Tensor, tf.GradSaveFunc];
    save([unit, factor, p]);
    return {
      value: pairGradient(unit, p, temperature).mul(factor),
      gradFunc: (cotangent: tf.Tensor, saved: tf.Tensor[]) => {
        const [z, u, p] = saved as [tf.Tensor2D, tf.Tensor, tf.Tensor2D];
        const h = cotangent as tf.Tensor2D;
        const mixed = tf.matMul(h, z, false, true).add(tf.matMul(z, h, false, true));
        const d = p.mul(mixed.sub(p.mul(mixed).sum(1, true))) as tf.Tensor2D;
        const throughProbabilities = withTransposed(d, z).div(
          temperature * temperature * z.shape[0],
        );
        return [
          pairGradient(h, p, temperature).add(throughProbabilities).mul(u),
          tf.sum(tf.mul(h, pairGradient(z, p, temperature))),
        ];
      },
    };
  });
  return gradient(z, upstream);
}
