import type * as tf from '../runtime/tensorflow';

/** The tensors of one batch by name, for instance `{ images: tf.Tensor4D }`. */
export type Batch = Record<string, tf.Tensor>;

/** Where the training loop takes its batches from: images, images with labels, token sequences. */
export interface BatchSource<B extends Batch> {
  /** Number of examples. */
  readonly size: number;
  /** The examples at these positions, in this order; the caller disposes the tensors. */
  batch(indices: ArrayLike<number>): B;
}
