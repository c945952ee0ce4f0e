import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch } from './image-batch';

/**
 * One augmentation out of several, applied from left to right: `compose(a, b)(x) = b(a(x))`. All draw from the same
 * stream, one after the other, so what is added at the end leaves the draws before it as they were.
 * Without arguments it copies the images.
 *
 * @throws InvalidArgumentError when the result of a step is not a batch of images, with the number of that step.
 */
export function compose(...augmentations: readonly Augmentation[]): Augmentation {
  return (images, random) => {
    assertImageBatch('compose', images);
    return tf.tidy(() => {
      let views = images;
      augmentations.forEach((augmentation, index) => {
        views = augmentation(views, random);
        assertImageBatch(`compose, after its step ${index + 1},`, views);
      });
      // A step may return its input as it is; the caller will dispose the result, never the input.
      return views === images ? images.clone() : views;
    });
  };
}
