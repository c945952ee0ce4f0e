import { RandomStream } from 'tfjs-compile';
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
 * One step of training with labels: augment, compute the mean cross entropy and its gradient, update the weights.
 *
 * - **Frozen** encoder: no gradient is computed for it, and its batch normalization uses the moving averages and leaves
 *   them as they are. None of its weights changes.
 * - **Trained** encoder: its batch normalization uses the batch and updates its moving averages.
 *
 * Dropout, where the classifier has it, applies in both.
 *
 * @returns A step on `{ images: [N, H, W, C], labels: [N] }`; its outputs are the `loss` in nats and the `accuracy` of
 *   the batch, both before the update.
 * @throws InvalidArgumentError when `encoderRate` is not above 0.
 */
export function supervisedStep(options: SupervisedStepOptions): TrainingStep<LabelledImages> {
  const { classifier, encoderOptimizer, augmentation } = options;
  const trainEncoder = encoderOptimizer !== undefined;
  return classificationStep<LabelledImages>('supervisedStep', options, ({ images, seed }) => {
    const random = new RandomStream(seed);
    const views = augmentation === undefined ? images : augmentation(images, random);
    return () => classifier.logits(views, { trainEncoder, dropoutRandom: random });
  });
}
