import type * as tf from '../runtime/tensorflow';
import type { BatchSource } from './batch-source';
import type { ImageDataSet } from './image-data-set';

/** The images of a data set without their labels, as batches `{ images: [N, H, W, C] }`, float32 in [0, 1]. */
export function imageBatches(dataSet: ImageDataSet): BatchSource<{ images: tf.Tensor4D }> {
  return {
    size: dataSet.size,
    batch: (indices) => ({ images: dataSet.images(indices) }),
  };
}
