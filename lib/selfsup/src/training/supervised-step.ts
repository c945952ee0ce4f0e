import { RandomStream, sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import type { Augmentation } from '../augment/augmentation';
import type { Classifier } from '../models/classifier';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { AdamW } from './adam-w';
import type { LabelledImages } from './labelled-image-batches';
import { type TrainingStep, trainingStep } from './training-step';

export interface SupervisedStepOptions {
  readonly classifier: Classifier;
  /** Made for `classifier.headVariables`. */
  readonly headOptimizer: AdamW;
  /** Made for `classifier.encoderVariables`. Without it the encoder is frozen. */
  readonly encoderOptimizer?: AdamW;
  /** The encoder's learning rate divided by the head's, which is the step's. Default 1. */
  readonly encoderRate?: number;
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
export function supervisedStep({
  classifier,
  headOptimizer,
  encoderOptimizer,
  encoderRate = 1,
  augmentation,
}: SupervisedStepOptions): TrainingStep<LabelledImages> {
  if (!(encoderRate > 0 && Number.isFinite(encoderRate))) {
    throw new InvalidArgumentError(
      `supervisedStep: encoderRate is ${encoderRate}; expected a number above 0. To freeze the encoder leave ` +
        'encoderOptimizer out.',
    );
  }
  const trainEncoder = encoderOptimizer !== undefined;
  const variables = [
    ...classifier.headVariables,
    ...(trainEncoder ? classifier.encoderVariables : []),
  ];
  const state = [
    ...classifier.weights,
    ...headOptimizer.weights,
    ...(encoderOptimizer?.weights ?? []),
  ];
  return trainingStep(state, ({ images, labels, seed, learningRate }) => {
    const random = new RandomStream(seed);
    const views = augmentation === undefined ? images : augmentation(images, random);
    let accuracy: tf.Tensor | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = classifier.logits(views, { trainEncoder, dropoutRandom: random });
      accuracy = tf.keep(logits.argMax(1).equal(labels).toFloat().mean());
      return sparseSoftmaxCrossEntropy(labels, logits).mean() as tf.Scalar;
    }, variables);
    headOptimizer.applyGradients(grads, learningRate);
    encoderOptimizer?.applyGradients(grads, learningRate.mul(encoderRate));
    return { loss, accuracy: accuracy as tf.Tensor };
  });
}
