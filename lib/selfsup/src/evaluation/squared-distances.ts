import * as tf from '../runtime/tensorflow';

/**
 * Squared Euclidean distances `‖a_i‖² + ‖b_j‖² − 2 a_i·b_j` between the rows of two matrices, never below 0. Rows far
 * from the origin cancel badly in float32, so subtract a common mean from both first.
 *
 * @param a `[n, d]`.
 * @param b `[m, d]`.
 * @returns `[n, m]`, the caller disposes it.
 */
export function squaredDistances(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy((): tf.Tensor2D => {
    const ofA = a.square().sum(1, true);
    const ofB = b.square().sum(1).expandDims(0);
    return tf.relu(ofA.add(ofB).sub(tf.matMul(a, b, false, true).mul(2))) as tf.Tensor2D;
  });
}
