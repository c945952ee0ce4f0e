import * as tf from '../runtime/tensorflow';
import { COSINE_TIE } from './cosine-ties';
import { assertKeys } from './info-nce-loss';
import { l2Normalise } from './l2-normalise';

/**
 * How often the positive is found: the share of queries whose positive key is more similar by cosine than each of the `K`
 * negatives. A tie, up to rounding, counts as not found, so collapsed embeddings score 0; embeddings without information score about
 * `1 / (1 + K)`.
 *
 * @param queries `[N, d]`, float32, of any length. @param positives `[N, d]`. @param negatives `[K, d]`.
 * @returns A scalar between 0 and 1, without gradient; the caller disposes it.
 * @throws InvalidArgumentError when the shapes do not fit.
 */
export function infoNceAccuracy(
  queries: tf.Tensor2D,
  positives: tf.Tensor2D,
  negatives: tf.Tensor2D,
): tf.Scalar {
  assertKeys('infoNceAccuracy', queries, positives, negatives);
  return tf.tidy(() => {
    const q = l2Normalise(queries);
    const positive = tf.sum(tf.mul(q, l2Normalise(positives)), 1);
    const hardestNegative = tf.matMul(q, l2Normalise(negatives), false, true).max(1);
    return positive.greater(hardestNegative.add(COSINE_TIE)).toFloat().mean() as tf.Scalar;
  });
}
