import type { RandomStream } from 'tfjs-compile';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';

/**
 * Draws two views of each image of a batch: row `i` of both is one positive pair.
 *
 * @returns Two tensors `[N, h, w, C]`, float32 in [0, 1]; the caller disposes both. The input is left alone.
 */
export type TwoViews = (images: tf.Tensor4D, random: RandomStream) => [tf.Tensor4D, tf.Tensor4D];

/**
 * Two independently drawn views of each image: the positive pairs of contrastive learning.
 *
 * @param first Makes the first view.
 * @param second Makes the second view; the same augmentation, with draws of its own, when left out.
 */
export function twoViews(first: Augmentation, second: Augmentation = first): TwoViews {
  return (images, random) =>
    tf.tidy(() => {
      const view1 = first(images, random);
      const view2 = second(images, random);
      return [
        view1 === images ? images.clone() : view1,
        view2 === images ? images.clone() : view2,
      ] as [tf.Tensor4D, tf.Tensor4D];
    });
}
