import * as tf from '../../runtime/tensorflow';

/**
 * Runs work that keeps tensors beyond the scope of a gradient. They belong to the work, which returns or disposes them; where
 * it fails, nobody else could, and they are disposed here.
 */
export function keepingTensors<T>(work: (keep: <K extends tf.Tensor>(tensor: K) => K) => T): T {
  const kept: tf.Tensor[] = [];
  try {
    return work((tensor) => {
      kept.push(tensor);
      return tf.keep(tensor);
    });
  } catch (error) {
    tf.dispose(kept);
    throw error;
  }
}
