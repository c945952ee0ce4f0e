import { assertNumber } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch } from './image-batch';

/** Options of {@link randomApply}. */
export interface RandomApplyOptions {
  /** Probability of augmenting an image. Default 0.5. */
  readonly probability?: number;
}

/**
 * Applies an augmentation to each image with the given probability and leaves the others as they are.
 *
 * @param augmentation One that keeps the images' shape (not a crop to another size).
 * @throws InvalidArgumentError when `probability` is not between 0 and 1, or the augmentation changes the shape.
 */
export function randomApply(
  augmentation: Augmentation,
  { probability = 0.5 }: RandomApplyOptions = {},
): Augmentation {
  assertNumber('randomApply', 'probability', probability, [0, 1]);
  return (images, random) => {
    assertImageBatch('randomApply', images);
    return tf.tidy(() => {
      const chosen = random.bernoulli([images.shape[0], 1, 1, 1], probability).toBool();
      const augmented = augmentation(images, random);
      if (!tf.util.arraysEqual(augmented.shape, images.shape)) {
        throw new InvalidArgumentError(
          `randomApply got an augmentation that takes images of shape [${images.shape.join(', ')}] to ` +
            `[${augmented.shape.join(', ')}]; the augmented and the untouched images of a batch must have one shape. ` +
            'Apply such an augmentation to all images.',
        );
      }
      return tf.where(chosen, augmented, images);
    });
  };
}
