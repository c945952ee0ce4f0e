import type { Augmentation } from '../../augment/augmentation';
import type { ImageDataSet } from '../../data/image-data-set';
import { labelledImageBatches } from '../../data/labelled-image-batches';
import type { Classifier } from '../../models/classifier';
import { InvalidArgumentError } from '../../runtime/errors';
import type * as tf from '../../runtime/tensorflow';
import {
  type FineTuneResult,
  type FineTuningOptions,
  fineTuneClassifier,
  type ValidationLookOptions,
} from './fine-tune-classifier';

/** Options of {@link fineTune}. */
export interface FineTuneOptions extends FineTuningOptions {
  /** Trained in place. A classifier with a fresh encoder is trained from scratch, with the same call. */
  readonly classifier: Classifier;
  /** The labelled training images, for instance a `labelSubset`. */
  readonly data: ImageDataSet;
  /** Changes each training image. */
  readonly augmentation?: Augmentation;
  /** Keeps the weights of the best look at a validation split instead of the last ones. Never give the test split. */
  readonly validation?: FineTuneValidation;
}

/** The held-out examples that {@link fineTune} looks at while it trains. */
export interface FineTuneValidation extends ValidationLookOptions {
  readonly data: ImageDataSet;
  /** What is done to the images `[N, H, W, C]` before the classifier sees them, without randomness. */
  readonly transform?: (images: tf.Tensor4D) => tf.Tensor4D;
}

/**
 * {@link fineTuneClassifier} on labelled images.
 *
 * @throws InvalidArgumentError when an option is out of range, a label has no class in the classifier, or the validation
 *   split is the test split.
 */
export async function fineTune({
  data,
  validation,
  ...options
}: FineTuneOptions): Promise<FineTuneResult> {
  if (validation?.data.split === 'test') {
    throw new InvalidArgumentError(
      'fineTune: validation.data is the test split; expected the validation split: what is chosen on test images is no ' +
        'longer tested by them.',
    );
  }
  const source = (images: ImageDataSet) => ({
    ...labelledImageBatches(images),
    labels: images.labels,
  });
  return fineTuneClassifier(
    {
      ...options,
      input: 'images',
      data: source(data),
      ...(validation && { validation: { ...validation, data: source(validation.data) } }),
    },
    'fineTune',
  );
}
