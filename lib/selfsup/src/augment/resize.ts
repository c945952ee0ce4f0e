import { assertNumber, assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertImageBatch } from './image-batch';
import { sampleWindows } from './window-sampling';

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
      const [count, height, width] = images.shape;
      const edge = (extent: number): [tf.Tensor1D, tf.Tensor1D] => {
        const window = Math.max(extent * Math.sqrt(scale), 1);
        const first = (extent - window) / 2;
        return [
          tf.fill<tf.Rank.R1>([count], first),
          tf.fill<tf.Rank.R1>([count], first + window - 1),
        ];
      };
      const [top, bottom] = edge(height);
      const [left, right] = edge(width);
      return sampleWindows(images, { top, left, bottom, right }, [size, size], 'bilinear');
    });
  };
}
