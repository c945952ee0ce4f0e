import { assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch, assertWindowFits } from './image-batch';
import { sampleWindows } from './window-sampling';

/** Options of {@link randomCrop}. */
export interface RandomCropOptions {
  /** Height and width of the crop in pixels. Default 24. */
  readonly size?: number;
}

/**
 * Cuts a `size` × `size` window out of every image, at a place drawn uniformly for each image by itself. Pixels are
 * copied, not interpolated. Objects keep their size in pixels: evaluate with {@link centerCrop}.
 *
 * `[N, H, W, C]` → `[N, size, size, C]`.
 *
 * @throws InvalidArgumentError when `size` is not a whole number of at least 1, or a window does not fit.
 */
export function randomCrop({ size = 24 }: RandomCropOptions = {}): Augmentation {
  assertSize('randomCrop', 'size', size);
  return (images, random) => {
    assertImageBatch('randomCrop', images);
    assertWindowFits('randomCrop', images, size);
    return tf.tidy(() => {
      const [count, height, width] = images.shape;
      // A uniform draw is less than 1, but its product with a whole number may round up to that number.
      const offset = (places: number): tf.Tensor1D =>
        random
          .uniform([count], 0, places)
          .floor()
          .minimum(places - 1) as tf.Tensor1D;
      const top = offset(height - size + 1);
      const left = offset(width - size + 1);
      const bottom = top.add<tf.Tensor1D>(size - 1);
      const right = left.add<tf.Tensor1D>(size - 1);
      return sampleWindows(images, { top, left, bottom, right }, [size, size], 'nearest');
    });
  };
}
