import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link randomGreyscale}. */
export interface RandomGreyscaleOptions {
  /** Probability of taking the colour out of an image. Default 0.2. */
  readonly probability?: number;
}

/**
 * Replaces every channel of an image by its grey, `0.299 r + 0.587 g + 0.114 b`, with the given probability.
 * `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * @throws InvalidArgumentError when `probability` is not between 0 and 1, or the images are not RGB.
 */
export function randomGreyscale({ probability = 0.2 }: RandomGreyscaleOptions = {}): Augmentation {
  assertNumber('randomGreyscale', 'probability', probability, [0, 1]);
  return (images, random) =>
    tf.tidy(() => {
      const grey = random.bernoulli([images.shape[0]], probability);
      return adjustColor(images, { saturation: tf.sub<tf.Tensor1D>(1, grey) });
    });
}
