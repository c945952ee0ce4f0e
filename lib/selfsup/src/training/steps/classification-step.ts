import { RandomStream, sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { type StepInputs, type TrainingStep, trainingStep } from '../loop/training-step';
import type { AdamW } from '../optimization/adam-w';
import type { FineTunable, LabelledBatch } from './fine-tunable';
import { keepingTensors } from './keeping-tensors';

/** What the training with labels of a head, and of its encoder where that is not frozen, needs. */
export interface ClassificationStepOptions<C> {
  readonly classifier: C;
  /** Made for `classifier.headVariables`. */
  readonly headOptimizer: AdamW;
  /** Made for `classifier.encoderVariables`. Without it the encoder is frozen. */
  readonly encoderOptimizer?: AdamW;
  /** The encoder's learning rate divided by the head's, which is the step's; 0 leaves the encoder frozen. Default 1. */
  readonly encoderRate?: number;
}

/** Options of {@link classificationStep}. */
export interface GenericClassificationStepOptions<Name extends string, Input extends tf.Tensor>
  extends ClassificationStepOptions<FineTunable<Input>> {
  /** The name of the examples in a batch: `images`, `tokens`. */
  readonly input: Name;
  /** Changes the examples first, with the step's randomness. */
  readonly augmentation?: ((inputs: Input, random: RandomStream) => Input) | undefined;
}

/**
 * One step of training with labels, of any classifier on any examples: augment, compute the mean cross entropy and its
 * gradient, update the weights.
 *
 * - **Frozen** encoder (no `encoderOptimizer`, or `encoderRate: 0`): no gradient is computed for it, its batch
 *   normalization uses the moving averages and leaves them as they are. None of its weights changes.
 * - **Trained** encoder: its batch normalization uses the batch and updates its moving averages.
 *
 * Dropout, where the classifier has it, applies in both.
 *
 * @param name Of the step, for messages.
 * @returns A step on `{ [input]: examples, labels: [N] }`; its outputs are the `loss` in nats and the `accuracy` of the
 *   batch, both before the update.
 * @throws InvalidArgumentError when `encoderRate` is below 0.
 *
 * @example
 * const step = classificationStep({ input: 'waves', classifier, headOptimizer, encoderOptimizer });
 */
export function classificationStep<Name extends string, Input extends tf.Tensor>(
  options: GenericClassificationStepOptions<Name, Input>,
  name = 'classificationStep',
): TrainingStep<LabelledBatch<Name, Input>> {
  const { classifier, headOptimizer, encoderRate = 1, input, augmentation } = options;
  if (!(encoderRate >= 0 && Number.isFinite(encoderRate))) {
    throw new InvalidArgumentError(
      `${name}: encoderRate is ${encoderRate}; expected a number, 0 or more. To freeze the encoder leave ` +
        'encoderOptimizer out, or make encoderRate 0.',
    );
  }
  const encoderOptimizer = encoderRate === 0 ? undefined : options.encoderOptimizer;
  const trainEncoder = encoderOptimizer !== undefined;
  const variables = [
    ...classifier.headVariables,
    ...(trainEncoder ? classifier.encoderVariables : []),
  ];
  return trainingStep((batch: LabelledBatch<Name, Input> & StepInputs) => {
    const { labels, learningRate, seed } = batch;
    const random = new RandomStream(seed);
    const examples = batch[input] as Input;
    const views = augmentation === undefined ? examples : augmentation(examples, random);
    return keepingTensors((keep) => {
      let accuracy: tf.Tensor | undefined;
      const { value: loss, grads } = tf.variableGrads(() => {
        const logits = classifier.logits(views, { trainEncoder, random });
        accuracy = keep(logits.argMax(1).equal(labels).toFloat().mean());
        return sparseSoftmaxCrossEntropy(labels, logits).mean() as tf.Scalar;
      }, variables);
      headOptimizer.applyGradients(grads, learningRate);
      encoderOptimizer?.applyGradients(grads, learningRate.mul(encoderRate));
      return { loss, accuracy: accuracy as tf.Tensor };
    });
  });
}
