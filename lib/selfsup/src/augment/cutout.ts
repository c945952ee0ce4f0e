import { assertNumber, assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch, assertUnitRange } from './image-batch';

/** Options of {@link cutout}. */
export interface CutoutOptions {
  /** Side of the square in pixels. Default 8. */
  readonly size?: number;
  /** What the square is painted with. Default 0.5, a middle grey. */
  readonly fill?: number;
}

/**
 * Paints over a `size` × `size` square of each image. The square's middle is drawn uniformly over the image's pixels,
 * so it may hang over the border, as in the paper. `[N, H, W, C]` → `[N, H, W, C]`.
 *
 * @throws InvalidArgumentError when `size` is not a whole number of at least 1, or `fill` not in [0, 1].
 * @see DeVries, Taylor, "Improved regularization of convolutional neural networks with cutout", 2017,
 * arXiv:1708.04552.
 */
export function cutout({ size = 8, fill = 0.5 }: CutoutOptions = {}): Augmentation {
  assertSize('cutout', 'size', size);
  assertNumber('cutout', 'fill', fill, [0, 1]);
  return (images, random) => {
    assertImageBatch('cutout', images);
    assertUnitRange('cutout', images);
    return tf.tidy(() => {
      const [count, height, width] = images.shape;
      const covered = (extent: number): tf.Tensor => {
        const first = random
          .uniform([count, 1], 0, extent)
          .floor()
          .minimum(extent - 1)
          .sub(Math.floor(size / 2));
        const distance = tf.range(0, extent).reshape([1, extent]).sub(first);
        return distance.greaterEqual(0).logicalAnd(distance.less(size)).toFloat();
      };
      const square = covered(height)
        .reshape([count, height, 1, 1])
        .mul(covered(width).reshape([count, 1, width, 1]));
      return images.mul(tf.sub(1, square)).add(square.mul(fill)) as tf.Tensor4D;
    });
  };
}
