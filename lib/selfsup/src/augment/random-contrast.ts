import { assertRange, type Range } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link randomContrast}. */
export interface RandomContrastOptions {
  /** The factor is drawn uniformly from this range. Default `[0.6, 1.4]`. */
  readonly range?: Range;
}

/**
 * Multiplies the distance of every pixel from its image's mean grey `ȳ` by a factor `c` drawn for that image:
 * `x' = c · x + (1 − c) · ȳ`, clipped to [0, 1]. `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * @throws InvalidArgumentError when the range is negative or reversed, or the images are not RGB.
 */
export function randomContrast({ range = [0.6, 1.4] }: RandomContrastOptions = {}): Augmentation {
  assertRange('randomContrast', 'range', range, [0, Number.POSITIVE_INFINITY]);
  return (images, random) =>
    tf.tidy(() => {
      const contrast = random.uniform([images.shape[0]], ...range) as tf.Tensor1D;
      return adjustColor(images, { contrast });
    });
}
