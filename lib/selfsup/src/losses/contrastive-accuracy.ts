import * as tf from '../runtime/tensorflow';
import { COSINE_TIE } from './cosine-ties';
import { assertEmbeddingPair } from './embedding-pair';
import { l2Normalise } from './l2-normalise';

/** Below any cosine, which is at least −1. */
const EXCLUDED = 4;

/**
 * How often the positive is found: the share of the `2N` embeddings whose partner, the other view of the same image,
 * is closer by cosine than each of the `2N − 2` negatives. A tie, up to rounding, counts as not found, so collapsed embeddings score 0;
 * embeddings without information score about `1 / (2N − 1)`.
 *
 * @param z1 Embeddings of the first views, `[N, d]`, float32, of any length.
 * @param z2 Embeddings of the second views, `[N, d]`.
 * @returns A scalar between 0 and 1, without gradient; the caller disposes it.
 * @throws InvalidArgumentError when the shapes differ or are not `[N, d]` with `N ≥ 2`.
 */
export function contrastiveAccuracy(z1: tf.Tensor2D, z2: tf.Tensor2D): tf.Scalar {
  assertEmbeddingPair('contrastiveAccuracy', z1, z2);
  return tf.tidy(() => {
    const pairs = z1.shape[0];
    const rows = 2 * pairs;
    const z = l2Normalise(tf.concat([z1, z2]));
    const index = tf.range(0, rows, 1, 'int32');
    const isPartner = tf.oneHot(tf.concat([index.slice(pairs), index.slice(0, pairs)]), rows);
    // Both sides from one product: the same cosine computed in another way would be rounded in another way.
    const cosines = tf.matMul(z, z, false, true);
    const positive = tf.sum(cosines.mul(isPartner), 1);
    const hardestNegative = cosines
      .sub(tf.oneHot(index, rows, EXCLUDED, 0))
      .sub(isPartner.mul(EXCLUDED))
      .max(1);
    return positive.greater(hardestNegative.add(COSINE_TIE)).toFloat().mean() as tf.Scalar;
  });
}
