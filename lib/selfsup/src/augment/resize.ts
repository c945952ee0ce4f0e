import { assertNumber, assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertImageBatch } from './image-batch';
import { resizeWindows, type WindowSide } from './resize-windows';

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** Height and width of the result in pixels. Default 24. */
  readonly size?: number;
  /** Share of the image's area that is kept: a central window of the image's own aspect ratio. Default 1, all of it. */
  readonly scale?: number;
}

/**
 * Resizes every image, or its central window of `scale` of the area, bilinearly to `size` × `size`. The counterpart
 * of {@link randomResizedCrop} for evaluation: sampled in the same way, without draws.
 *
 * The convention is that of torchvision (`antialias=True`) and PIL: points lie in the middle of equal parts of the image
 * (half-pixel centres), and where it shrinks, each is a mean over twice its part with triangular weights (antialiasing), so
 * that no pixel is skipped. To its own size an image stays as it is, exactly.
 *
 * An encoder trained on crops has seen objects larger than the whole image shows them; `scale` near the middle of
 * the training range shows them at that size again. `[N, H, W, C]` → `[N, size, size, C]`.
 *
 * @throws InvalidArgumentError when `size` is not a whole number of at least 1, or `scale` not in `(0, 1]`.
 * @see Touvron et al., "Fixing the train-test resolution discrepancy", 2019, arXiv:1906.06423.
 */
export function resize({
  size = 24,
  scale = 1,
}: ResizeOptions = {}): (images: tf.Tensor4D) => tf.Tensor4D {
  assertSize('resize', 'size', size);
  assertNumber('resize', 'scale', scale, [1e-4, 1]);
  return (images) => {
    assertImageBatch('resize', images);
    return tf.tidy(() => {
      const [, height, width] = images.shape;
      const middle = (extent: number): WindowSide => {
        const length = Math.max(extent * Math.sqrt(scale), 1);
        return { start: tf.tensor1d([(extent - length) / 2]), length: tf.tensor1d([length]) };
      };
      return resizeWindows(images, middle(height), middle(width), [size, size]);
    });
  };
}
