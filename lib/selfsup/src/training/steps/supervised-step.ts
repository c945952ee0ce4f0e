import type { Augmentation } from '../../augment/augmentation';
import type { LabelledImages } from '../../data/labelled-image-batches';
import type { Classifier } from '../../models/classifier';
import type { TrainingStep } from '../loop/training-step';
import { type ClassificationStepOptions, classificationStep } from './classification-step';

/** Options of {@link supervisedStep}. */
export interface SupervisedStepOptions extends ClassificationStepOptions<Classifier> {
  /** Changes each training image; the images as they are when left out. */
  readonly augmentation?: Augmentation;
}

/**
 * {@link classificationStep} of images, on batches `{ images: [N, H, W, C], labels: [N] }`.
 *
 * @throws InvalidArgumentError when `encoderRate` is below 0.
 */
export function supervisedStep(options: SupervisedStepOptions): TrainingStep<LabelledImages> {
  return classificationStep({ ...options, input: 'images' }, 'supervisedStep');
}
