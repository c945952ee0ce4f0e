import * as tf from '../../runtime/tensorflow';

/**
 * `x W + b` of each token.
 *
 * @param x `[N, T, d]`, float32. @param kernel `[d, m]`. @param bias `[m]`.
 * @returns `[N, T, m]`; the caller disposes it.
 */
export function dense(x: tf.Tensor3D, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor3D {
  const [images, tokens, dim] = x.shape;
  return tf.tidy(() => {
    const rows = x.reshape([-1, dim]) as tf.Tensor2D;
    return tf
      .matMul(rows, kernel as tf.Tensor2D)
      .add(bias)
      .reshape([images, tokens, kernel.shape[1] as number]) as tf.Tensor3D;
  });
}
