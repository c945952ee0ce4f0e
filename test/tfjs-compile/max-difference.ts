import type { tf } from 'selfsup';

/** The largest absolute difference between two lists of tensors, pair by pair. */
export function maxDifference(a: tf.Tensor[], b: tf.Tensor[]): number {
  return Math.max(
    ...a.map(
      (t, i) =>
        t
          .sub(b[i] as tf.Tensor)
          .abs()
          .max()
          .dataSync()[0] as number,
    ),
  );
}
