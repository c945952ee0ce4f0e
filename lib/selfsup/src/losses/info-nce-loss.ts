import { sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import { assertTemperature } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { l2Normalise } from './l2-normalise';

/** Options of {@link infoNceLoss}. */
export interface InfoNceOptions {
  /** τ, by which cosines are divided. Default 0.2, as in MoCo v2; the first MoCo has 0.07. */
  readonly temperature?: number;
}

/**
 * InfoNCE with negatives of its own: each query `q_i` must pick its positive key `p_i` out of `1 + K` keys, the others
 * being the same `K` negatives for all queries. All rows are scaled to length 1 here:
 *
 * ```
 * ℓ_i  = −log( exp(q_i·p_i / τ) / (exp(q_i·p_i / τ) + Σ_k exp(q_i·n_k / τ)) )
 * loss = 1/N Σ_i ℓ_i
 * ```
 *
 * It is `ln(1 + K)` when all similarities are equal. Unlike in NT-Xent, the number of negatives does not depend on the
 * batch. The softmax is computed without overflow.
 *
 * @param queries `[N, d]`, float32, of any length.
 * @param positives Row `i` is the key of the other view of the image of query `i`, `[N, d]`.
 * @param negatives Keys of other images, `[K, d]`, for instance a memory queue's.
 * @returns The loss in nats, a scalar that can be differentiated by all three; the caller disposes it. Momentum contrast
 *   differentiates by the queries only.
 * @throws InvalidArgumentError when the shapes do not fit, or the temperature is not above 0.
 * @see van den Oord, Li, Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018, arXiv:1807.03748.
 * @see He, Fan, Wu, Xie, Girshick, "Momentum Contrast for Unsupervised Visual Representation Learning", 2020,
 *   arXiv:1911.05722, equation 1.
 */
export function infoNceLoss(
  queries: tf.Tensor2D,
  positives: tf.Tensor2D,
  negatives: tf.Tensor2D,
  { temperature = 0.2 }: InfoNceOptions = {},
): tf.Scalar {
  assertKeys('infoNceLoss', queries, positives, negatives);
  assertTemperature('infoNceLoss', temperature, '0.07 to 0.5');
  return tf.tidy(() => {
    const q = l2Normalise(queries);
    const positive = tf.sum(tf.mul(q, l2Normalise(positives)), 1, true);
    const negative = tf.matMul(q, l2Normalise(negatives), false, true);
    const logits = tf.concat([positive, negative], 1).div(temperature) as tf.Tensor2D;
    // The right answer of every query is its column 0.
    const answers = tf.zeros([queries.shape[0]], 'int32') as tf.Tensor1D;
    return tf.mean(sparseSoftmaxCrossEntropy(answers, logits)) as tf.Scalar;
  });
}

/**
 * Checks that queries, positives and negatives belong together.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertKeys(
  caller: string,
  queries: tf.Tensor,
  positives: tf.Tensor,
  negatives: tf.Tensor,
): void {
  const given =
    `${caller}: queries [${queries.shape.join(', ')}], positives [${positives.shape.join(', ')}], ` +
    `negatives [${negatives.shape.join(', ')}]`;
  if ([queries, positives, negatives].some(({ rank, size }) => rank !== 2 || size === 0)) {
    throw new InvalidArgumentError(
      `${given}; expected three matrices [N, d], [N, d] and [K, d], each with at least one row.`,
    );
  }
  if (queries.shape.join() !== positives.shape.join()) {
    throw new InvalidArgumentError(
      `${given}; expected one positive for each query: row i of both comes from image i.`,
    );
  }
  if (queries.shape[1] !== negatives.shape[1]) {
    throw new InvalidArgumentError(
      `${given}; expected negatives as wide as the queries. Make both with heads of one projectionDim.`,
    );
  }
}
