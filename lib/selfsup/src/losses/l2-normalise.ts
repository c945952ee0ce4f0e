import * as tf from '../runtime/tensorflow';

/** A row whose largest number is below this is zero: TensorFlow counts denormal numbers as zero. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Scales each row to length 1, so that a dot product of two rows is the cosine of their angle: `x / ‖x‖`. Rows of zeros stay
 * zero, and so does their gradient.
 *
 * Each row is divided by its largest number first, so that no square vanishes or overflows: lengths from 1e-37 to 1e37 are
 * right, in the gradient too. The result does not depend on what a row is divided by first, so that is a constant to the
 * gradient, which is exact all the same, and so is its own.
 *
 * @param x `[N, d]`, float32.
 * @returns `[N, d]`; the caller disposes it.
 */
export function l2Normalise(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const scaled = x.div(largestOfRows(x));
    // 1 or more for a row that is not zero, so the maximum concerns the others alone.
    const squaredLength = scaled.square().sum(1, true).maximum(0.5);
    return scaled.mul(squaredLength.rsqrt()) as tf.Tensor2D;
  });
}

/** The largest absolute value of each row, `[N, 1]`, infinite for rows of zeros; no gradient flows through it. */
function largestOfRows(x: tf.Tensor2D): tf.Tensor {
  const constant = tf.customGrad((input) => {
    const largest = tf.max(tf.abs(input as tf.Tensor2D), 1, true);
    const isZero = tf.less(largest, SMALLEST_NORMAL);
    return {
      value: tf.where(isZero, tf.fill(largest.shape, Number.POSITIVE_INFINITY), largest),
      gradFunc: () => tf.zeros(x.shape),
    };
  });
  return constant(x);
}
