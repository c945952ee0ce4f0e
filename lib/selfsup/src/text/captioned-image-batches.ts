import type { BatchSource } from '../data/batch-source';
import type { ImageDataSet } from '../data/image-data-set';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { PromptedCaptions } from './prompted-captions';

/** A batch of images with what is said of them. */
export type CaptionedImages = {
  /** `[N, H, W, C]`, float32 in [0, 1]. */
  images: tf.Tensor4D;
  /** The caption of each image in every template, `[N, templates, T]`, int32. */
  tokens: tf.Tensor3D;
  /** Which caption each image has, `[N]`, int32: equal numbers, equal captions. */
  captions: tf.Tensor1D;
};

/**
 * The images of a data set with their captions, as batches for a two-tower model.
 *
 * @param prompted Must hold every caption.
 * @param captions One for each image; default: the data set's own. Shuffled ones make a control that has nothing to learn.
 * @throws InvalidArgumentError when there is not one caption for each image, or one is not among the prompted.
 */
export function captionedImageBatches(
  dataSet: ImageDataSet,
  prompted: PromptedCaptions,
  captions: readonly string[] = dataSet.captions,
): BatchSource<CaptionedImages> {
  if (captions.length !== dataSet.size) {
    throw new InvalidArgumentError(
      `captionedImageBatches: ${captions.length} captions for ${dataSet.size} images; expected one for each.`,
    );
  }
  const numbers = prompted.numbersOf(captions);
  return {
    size: dataSet.size,
    batch: (indices) => {
      const chosen = Int32Array.from(indices, (index) => numbers[index] as number);
      return {
        images: dataSet.images(indices),
        tokens: prompted.tokens(chosen),
        captions: tf.tensor1d(chosen, 'int32'),
      };
    },
  };
}
