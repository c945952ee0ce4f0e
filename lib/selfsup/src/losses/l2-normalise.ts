import * as tf from '../runtime/tensorflow';

/** Squared lengths below this are treated as this, so that a zero row stays zero instead of becoming NaN. */
const SMALLEST_SQUARED_LENGTH = 1e-12;

/**
 * Scales each row to length 1, so that a dot product of two rows is the cosine of their angle:
 * `x / sqrt(max(Σ x², 1e-12))`.
 *
 * @param x `[N, d]`, float32.
 * @returns `[N, d]`; the caller disposes it.
 */
export function l2Normalise(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const squaredLength = x.square().sum(1, true);
    return x.mul(squaredLength.maximum(SMALLEST_SQUARED_LENGTH).rsqrt()) as tf.Tensor2D;
  });
}
