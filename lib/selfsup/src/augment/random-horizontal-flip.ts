import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch } from './image-batch';
import { sampleWindows } from './window-sampling';

/** Options of {@link randomHorizontalFlip}. */
export interface RandomHorizontalFlipOptions {
  /** Probability of mirroring an image. Default 0.5. */
  readonly probability?: number;
}

/**
 * Mirrors every image left to right with the given probability. `[N, H, W, C]` → `[N, H, W, C]`.
 *
 * @throws InvalidArgumentError when `probability` is not between 0 and 1.
 */
export function randomHorizontalFlip({
  probability = 0.5,
}: RandomHorizontalFlipOptions = {}): Augmentation {
  assertNumber('randomHorizontalFlip', 'probability', probability, [0, 1]);
  return (images, random) => {
    assertImageBatch('randomHorizontalFlip', images);
    return tf.tidy(() => {
      const [count, height, width] = images.shape;
      // One pass over the pixels: the whole image is sampled as a window whose left and right are exchanged.
      const left = random.bernoulli([count], probability).mul<tf.Tensor1D>(width - 1);
      const windows = {
        top: tf.zeros<tf.Rank.R1>([count]),
        bottom: tf.fill<tf.Rank.R1>([count], height - 1),
        left,
        right: tf.sub<tf.Tensor1D>(width - 1, left),
      };
      return sampleWindows(images, windows, [height, width]);
    });
  };
}
