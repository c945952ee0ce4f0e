import { RandomStream, sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import type { SentenceClassifier } from '../models/sentence-classifier';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { LabelledTokens } from '../text/labelled-token-sequences';
import type { AdamW } from './adam-w';
import { type TrainingStep, trainingStep } from './training-step';

export interface SentenceStepOptions {
  readonly classifier: SentenceClassifier;
  /** Made for `classifier.headVariables`. */
  readonly headOptimizer: AdamW;
  /** Made for `classifier.encoderVariables`. Without it the encoder is frozen. */
  readonly encoderOptimizer?: AdamW;
  /** The encoder's learning rate divided by the head's, which is the step's. Default 1. */
  readonly encoderRate?: number;
}

/**
 * One step of training a sentence classifier with labels: the mean cross entropy and its gradient, then the update. Of a
 * frozen encoder no gradient is computed and none of its weights changes. Dropout, where the classifier has it, applies
 * in both.
 *
 * @returns A step on `{ tokens: [N, T], labels: [N] }`; its outputs are the `loss` in nats and the `accuracy` of the
 *   batch, both before the update.
 * @throws InvalidArgumentError when `encoderRate` is not above 0.
 */
export function sentenceStep({
  classifier,
  headOptimizer,
  encoderOptimizer,
  encoderRate = 1,
}: SentenceStepOptions): TrainingStep<LabelledTokens> {
  if (!(encoderRate > 0 && Number.isFinite(encoderRate))) {
    throw new InvalidArgumentError(
      `sentenceStep: encoderRate is ${encoderRate}; expected a number above 0. To freeze the encoder leave ` +
        'encoderOptimizer out.',
    );
  }
  const variables = [
    ...classifier.headVariables,
    ...(encoderOptimizer ? classifier.encoderVariables : []),
  ];
  const state = [
    ...classifier.weights,
    ...headOptimizer.weights,
    ...(encoderOptimizer?.weights ?? []),
  ];
  return trainingStep(state, ({ tokens, labels, seed, learningRate }) => {
    const random = new RandomStream(seed);
    let accuracy: tf.Tensor | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = classifier.logits(tokens, { random });
      accuracy = tf.keep(logits.argMax(1).equal(labels).toFloat().mean());
      return sparseSoftmaxCrossEntropy(labels, logits).mean() as tf.Scalar;
    }, variables);
    headOptimizer.applyGradients(grads, learningRate);
    encoderOptimizer?.applyGradients(grads, learningRate.mul(encoderRate));
    return { loss, accuracy: accuracy as tf.Tensor };
  });
}
