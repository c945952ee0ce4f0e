import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link randomHue}. */
export interface RandomHueOptions {
  /** The largest rotation, in turns: 0.5 reaches every hue. Default 0.1. */
  readonly delta?: number;
}

/**
 * Rotates the hue of each image by an angle of its own, uniform in `[−delta, delta]` turns, and clips to [0, 1].
 * The rotation is linear and keeps the grey of every pixel; see {@link adjustColor}. `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * @throws InvalidArgumentError when `delta` is not between 0 and 0.5, or the images are not RGB.
 */
export function randomHue({ delta = 0.1 }: RandomHueOptions = {}): Augmentation {
  assertNumber('randomHue', 'delta', delta, [0, 0.5]);
  return (images, random) =>
    tf.tidy(() => {
      const hue = random.uniform([images.shape[0]], -delta, delta) as tf.Tensor1D;
      return adjustColor(images, { hue });
    });
}
