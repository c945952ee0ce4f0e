import * as tf from '../runtime/tensorflow';

/**
 * The same values, to which gradients are constants: `stopgrad(x)`. What computed them is not trained by what uses them.
 *
 * @param x Any tensor.
 * @returns A tensor of the same shape; the caller disposes it.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  // A result of no inputs: nothing on the way to `x` is differentiated, not even to find out that its gradient is 0.
  const constant = tf.customGrad(() => ({ value: x.clone(), gradFunc: () => [] }));
  return constant() as T;
}
