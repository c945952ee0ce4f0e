import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch, assertUnitRange } from './image-batch';

/** Options of {@link gaussianNoise}. */
export interface GaussianNoiseOptions {
  /** Standard deviation of the noise; values are in [0, 1]. Default 0.05. */
  readonly standardDeviation?: number;
}

/**
 * Adds to every value a normal draw of its own, and clips to [0, 1]. `[N, H, W, C]` → `[N, H, W, C]`.
 *
 * @throws InvalidArgumentError when the standard deviation is not between 0 and 1.
 */
export function gaussianNoise({
  standardDeviation = 0.05,
}: GaussianNoiseOptions = {}): Augmentation {
  assertNumber('gaussianNoise', 'standardDeviation', standardDeviation, [0, 1]);
  return (images, random) => {
    assertImageBatch('gaussianNoise', images);
    assertUnitRange('gaussianNoise', images);
    return tf.tidy(() => {
      const noise = random.normal(images.shape, 0, standardDeviation);
      return images.add(noise).clipByValue(0, 1) as tf.Tensor4D;
    });
  };
}
