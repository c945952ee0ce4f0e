import * as tf from '../../runtime/tensorflow';

/** Added to variances under the root. */
const EPSILON = 1e-6;

/**
 * Gives each row mean 0 and deviation 1, then scales and shifts its dimensions:
 * `(x − mean) / √(variance + 1e-6) · scale + offset`. Unlike batch normalization it looks at one row at a time.
 *
 * @param x `[…, d]`, float32. @param scale `[d]`. @param offset `[d]`.
 * @returns The shape of `x`; the caller disposes it.
 * @see Ba, Kiros, Hinton, "Layer Normalization", 2016, arXiv:1607.06450.
 */
export function layerNormalization<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
): T {
  return tf.tidy(() => {
    const centred = x.sub(x.mean(-1, true));
    const deviation = centred.square().mean(-1, true).add(EPSILON).rsqrt();
    return centred.mul(deviation).mul(scale).add(offset) as T;
  });
}
