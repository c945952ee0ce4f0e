import type * as tf from '../../runtime/tensorflow';

/** TensorFlow.js types gradients by name as variables, which `tf.variableGrads` does not return. */
type Gradients = Exclude<Parameters<tf.AdamOptimizer['applyGradients']>[0], readonly unknown[]>;

/**
 * What updates the weights in a step: `AdamW`, or any optimizer of TensorFlow.js. Those of TensorFlow.js have a rate of their
 * own (`tf.train.adam(1e-3)`); the rate given to `train` does not reach them.
 */
export interface Optimizer {
  /**
   * @param gradients By name of the variable, as `tf.variableGrads` returns them in `grads`.
   * @param learningRate The rate of this step.
   */
  applyGradients(gradients: Gradients, learningRate: tf.Scalar): void;
}

/**
 * Updates the weights by gradients as `tf.variableGrads` returns them.
 *
 * @internal
 */
export function applyGradients(
  optimizer: Optimizer,
  gradients: tf.NamedTensorMap,
  learningRate: tf.Scalar,
): void {
  optimizer.applyGradients(gradients as Gradients, learningRate);
}
