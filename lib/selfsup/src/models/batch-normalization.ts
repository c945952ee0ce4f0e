import * as tf from '../runtime/tensorflow';

/**
 * Batch normalization of the last axis, trained by TensorFlow's fused operation (the engine's native gradients see to
 * that; composed of elementary operations it took four times as long, most of a training step).
 *
 * The moving averages keep 0.9 of their old value at each step: Keras' 0.99 needs several hundred steps before they
 * forget their initial values, more than a short training has. The moving variance is the population's, as Keras has it:
 * divided by the count, where PyTorch divides by the count less one.
 *
 * @see Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
 *   2015, arXiv:1502.03167.
 */
export function batchNormalization(): tf.layers.Layer {
  return tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-3 });
}
