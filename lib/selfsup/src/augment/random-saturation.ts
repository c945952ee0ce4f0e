import { assertRange, type Range } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link randomSaturation}. */
export interface RandomSaturationOptions {
  /** The factor is drawn uniformly from this range. Default `[0.8, 1.2]`. */
  readonly range?: Range;
}

/**
 * Multiplies the distance of every pixel from its own grey `y` by a factor `s` drawn for its image:
 * `x' = s · x + (1 − s) · y`, clipped to [0, 1]. 0 gives a grey image. `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * @throws InvalidArgumentError when the range is negative or reversed, or the images are not RGB.
 */
export function randomSaturation({
  range = [0.8, 1.2],
}: RandomSaturationOptions = {}): Augmentation {
  assertRange('randomSaturation', 'range', range, [0, Number.POSITIVE_INFINITY]);
  return (images, random) =>
    tf.tidy(() => {
      const saturation = random.uniform([images.shape[0]], ...range) as tf.Tensor1D;
      return adjustColor(images, { saturation });
    });
}
