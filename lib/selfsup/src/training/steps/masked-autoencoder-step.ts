import { RandomStream } from 'tfjs-compile';
import type { Augmentation } from '../../augment/augmentation';
import type { MaskedAutoencoder } from '../../models/masked-autoencoder';
import * as tf from '../../runtime/tensorflow';
import { type TrainingStep, trainingStep } from '../loop/training-step';
import { applyGradients, type Optimizer } from '../optimization/optimizer';

/** Options of {@link maskedAutoencoderStep}. */
export interface MaskedAutoencoderStepOptions {
  readonly model: MaskedAutoencoder;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Applied to each batch first, a random crop and flip, for instance. Default: none. */
  readonly augmentation?: Augmentation;
}

/**
 * One step of a masked autoencoder: hide patches anew, compute the error of guessing them and its gradient, update the weights.
 *
 * @returns A step on `{ images: [N, H, W, C] }`, float32 in [0, 1]; its output is `{ loss }`, before the update.
 */
export function maskedAutoencoderStep({
  model,
  optimizer,
  augmentation,
}: MaskedAutoencoderStepOptions): TrainingStep<{ images: tf.Tensor4D }> {
  return trainingStep(({ images, seed, learningRate }) => {
    const random = new RandomStream(seed);
    const augmented = augmentation === undefined ? images : augmentation(images, random);
    const { value: loss, grads } = tf.variableGrads(
      () => model.loss(augmented, { random }),
      model.trainableVariables,
    );
    applyGradients(optimizer, grads, learningRate);
    return { loss };
  });
}
