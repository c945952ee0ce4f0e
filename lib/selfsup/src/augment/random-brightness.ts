import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link randomBrightness}. */
export interface RandomBrightnessOptions {
  /** The largest change; values are in [0, 1]. Default 0.2. */
  readonly delta?: number;
}

/**
 * Adds to each image a number of its own, uniform in `[−delta, delta]`, and clips to [0, 1].
 * `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * @throws InvalidArgumentError when `delta` is not between 0 and 1, or the images are not RGB.
 */
export function randomBrightness({ delta = 0.2 }: RandomBrightnessOptions = {}): Augmentation {
  assertNumber('randomBrightness', 'delta', delta, [0, 1]);
  return (images, random) =>
    tf.tidy(() => {
      const shift = random.uniform([images.shape[0]], -delta, delta) as tf.Tensor1D;
      return adjustColor(images, { shift });
    });
}
