import type { Batch } from './training-step';

/** Where the training loop takes its batches from: images, images with labels, token sequences. */
export interface BatchSource<B extends Batch> {
  /** Number of examples. */
  readonly size: number;
  /** The examples at these positions, in this order; the caller disposes the tensors. */
  batch(indices: ArrayLike<number>): B;
}
