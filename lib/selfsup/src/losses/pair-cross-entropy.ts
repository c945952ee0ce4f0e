import * as tf from '../runtime/tensorflow';
import { MASKED_LOGIT } from './masked-logit';

/**
 * The cross entropy of each row's partner against the rows of a denominator, for `2N` stacked unit vectors whose partners are
 * `N` rows apart:
 *
 * ```
 * loss = 1/2N Σ_i ( log Σ_{k∈K_i} exp(z_i·z_k / τ) − z_i·z_p(i) / τ )
 * ```
 *
 * With the partner among `K_i`, all other rows, it is NT-Xent; without it, the decoupled contrastive loss. The gradient is
 * written out, and so is the gradient of that: with `P` the softmax over `K_i` of the rows of the similarity matrix,
 * `∂loss/∂z = ((P + Pᵀ) z − 2 z_p) / (2N τ)`, which needs one `2N × 2N` product forward and two backward.
 *
 * @param stacked `[2N, d]`, rows of length 1.
 * @param temperature τ.
 * @param denominator `others` are all rows but the row itself; `negatives` are those but its partner.
 * @returns The loss; the caller disposes it.
 */
export function pairCrossEntropy(
  stacked: tf.Tensor2D,
  temperature: number,
  denominator: 'others' | 'negatives',
): tf.Scalar {
  const withGradient = tf.customGrad((input, saveForGradient) => {
    const z = input as tf.Tensor2D;
    const save = saveForGradient as tf.GradSaveFunc;
    const rows = z.shape[0];
    const logits = logitsOfOthers(z, temperature);
    const counted = denominator === 'others' ? logits : withoutPartners(logits);
    const logDenominator = tf.logSumExp(counted, 1);
    const probabilities = tf.exp(tf.sub(counted, logDenominator.expandDims(1)));
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

/** The logits of `2N` stacked unit vectors: their cosines divided by τ, each one's similarity to itself taken out. */
function logitsOfOthers(z: tf.Tensor2D, temperature: number): tf.Tensor2D {
  const rows = z.shape[0];
  const itself = tf.oneHot(tf.range(0, rows, 1, 'int32'), rows, MASKED_LOGIT, 0);
  return tf.matMul(z, z, false, true).div(temperature).sub(itself) as tf.Tensor2D;
}

/** The logits with each one's similarity to its partner taken out. */
function withoutPartners(logits: tf.Tensor2D): tf.Tensor2D {
  const rows = logits.shape[0];
  const partner = tf.oneHot(partners(tf.range(0, rows, 1, 'int32')), rows, MASKED_LOGIT, 0);
  return logits.sub(partner) as tf.Tensor2D;
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
