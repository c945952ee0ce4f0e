import type * as tf from '../runtime/tensorflow';

/** The variable itself, which tf.layers wraps and `read` hands out. */
export function variableOf(weight: tf.LayerVariable): tf.Variable {
  return weight.read() as tf.Variable;
}
