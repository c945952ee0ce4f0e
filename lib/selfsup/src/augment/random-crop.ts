import { assertCount, assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch, assertWindowFits } from './image-batch';
import { sampleWindows } from './window-sampling';

/** Options of {@link randomCrop}. */
export interface RandomCropOptions {
  /** Height and width of the crop in pixels. Default 24. */
  readonly size?: number;
  /** Black pixels added on each side of the image before the crop. Default 0. */
  readonly padding?: number;
}

/**
 * Cuts a `size` × `size` window out of every image, at a place drawn uniformly for each image by itself. Pixels are
 * copied, not interpolated. Objects keep their size in pixels: evaluate with {@link centerCrop}. With `padding` the window
 * may hang over the border: `randomCrop({ size: 32, padding: 4 })` is what supervised training on CIFAR-10 uses.
 *
 * `[N, H, W, C]` → `[N, size, size, C]`.
 *
 * @throws InvalidArgumentError when `size` is not a whole number of at least 1, `padding` not one of at least 0, or a
 *   window does not fit into the padded image.
 */
export function randomCrop({ size = 24, padding = 0 }: RandomCropOptions = {}): Augmentation {
  assertSize('randomCrop', 'size', size);
  assertCount('randomCrop', 'padding', padding, 0);
  return (images, random) => {
    assertImageBatch('randomCrop', images);
    return tf.tidy(() => {
      const sides: [number, number] = [padding, padding];
      const padded = padding === 0 ? images : tf.pad4d(images, [[0, 0], sides, sides, [0, 0]]);
      assertWindowFits('randomCrop', padded, size);
      const [count, height, width] = padded.shape;
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
      return sampleWindows(padded, { top, left, bottom, right }, [size, size]);
    });
  };
}
