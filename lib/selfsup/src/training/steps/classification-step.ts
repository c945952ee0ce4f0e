import { sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import type { Batch } from '../../data/batch-source';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { type StepInputs, type TrainingStep, trainingStep } from '../loop/training-step';
import type { AdamW } from '../optimization/adam-w';

/** What the training with labels of a head, and of its encoder where that is not frozen, has in common. */
export interface ClassificationStepOptions<C> {
  readonly classifier: C;
  /** Made for `classifier.headVariables`. */
  readonly headOptimizer: AdamW;
  /** Made for `classifier.encoderVariables`. Without it the encoder is frozen. */
  readonly encoderOptimizer?: AdamW;
  /** The encoder's learning rate divided by the head's, which is the step's. Default 1. */
  readonly encoderRate?: number;
}

/** The variables of a classifier, in two parts. */
interface Trainable {
  readonly headVariables: readonly tf.Variable[];
  readonly encoderVariables: readonly tf.Variable[];
  readonly weights: readonly tf.Variable[];
}

/**
 * The mean cross entropy of a batch and its gradient, then the update of the head, and of the encoder where it has an
 * optimizer.
 *
 * @internal
 * @param name Of the step, for messages.
 * @param prepare Computes what the gradient does not pass through, and returns the function of the logits.
 * @throws InvalidArgumentError when `encoderRate` is not above 0.
 */
export function classificationStep<B extends Batch & { readonly labels: tf.Tensor1D }>(
  name: string,
  options: ClassificationStepOptions<Trainable>,
  prepare: (inputs: B & StepInputs) => () => tf.Tensor2D,
): TrainingStep<B> {
  const { classifier, headOptimizer, encoderOptimizer, encoderRate = 1 } = options;
  if (!(encoderRate > 0 && Number.isFinite(encoderRate))) {
    throw new InvalidArgumentError(
      `${name}: encoderRate is ${encoderRate}; expected a number above 0. To freeze the encoder leave ` +
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
  return trainingStep(state, (inputs: B & StepInputs) => {
    const { labels, learningRate } = inputs;
    const logitsOf = prepare(inputs);
    let accuracy: tf.Tensor | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = logitsOf();
      accuracy = tf.keep(logits.argMax(1).equal(labels).toFloat().mean());
      return sparseSoftmaxCrossEntropy(labels, logits).mean() as tf.Scalar;
    }, variables);
    headOptimizer.applyGradients(grads, learningRate);
    encoderOptimizer?.applyGradients(grads, learningRate.mul(encoderRate));
    return { loss, accuracy: accuracy as tf.Tensor };
  });
}
