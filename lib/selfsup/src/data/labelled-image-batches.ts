import * as tf from '../runtime/tensorflow';
import type { BatchSource } from './batch-source';
import type { ImageDataSet } from './image-data-set';

/** A batch of images with the number of each one's class. */
export type LabelledImages = {
  /** `[N, H, W, C]`, float32 in [0, 1]. */
  images: tf.Tensor4D;
  /** `[N]`, int32. */
  labels: tf.Tensor1D;
};

/** The images of a data set with their labels, as batches `{ images: [N, H, W, C], labels: [N] }`. */
export function labelledImageBatches(dataSet: ImageDataSet): BatchSource<LabelledImages> {
  return {
    size: dataSet.size,
    batch: (indices) => {
      // First: a set without labels throws here, before anything is made.
      const labels = Int32Array.from(indices, (index) => dataSet.labels[index] as number);
      return { images: dataSet.images(indices), labels: tf.tensor1d(labels, 'int32') };
    },
  };
}
