import { RandomStream } from 'tfjs-compile';
import type { Batch } from '../../data/batch-source';
import * as tf from '../../runtime/tensorflow';
import { type TrainingStep, trainingStep } from '../loop/training-step';
import { applyGradients, type Optimizer } from '../optimization/optimizer';

/** Options of {@link lossStep}. */
export interface LossStepOptions<B extends Batch> {
  /** The weights to train, for instance `trainableVariablesOf([network])`; the loss must depend on each of them. */
  readonly variables: readonly tf.Variable[];
  /** Made for `variables`. */
  readonly optimizer: Optimizer;
  /**
   * What is differentiated: a scalar of the batch, made of tensor operations. What it hides, spoils or crops it draws from
   * `random`, a stream of the step's own.
   */
  readonly loss: (batch: B, random: RandomStream) => tf.Scalar;
}

/**
 * One step of descent on any loss, for what has no step of its own: a network that predicts what was covered, or what stood
 * behind the noise.
 *
 * @returns A step on what `loss` takes; its output is `{ loss }`, before the update.
 *
 * @example
 * const variables = trainableVariablesOf([network]);
 * const step = lossStep<{ images: tf.Tensor4D }>({
 *   variables,
 *   optimizer: new AdamW(variables),
 *   loss: ({ images }, random) => {
 *     const spoilt = images.add<tf.Tensor4D>(random.normal(images.shape, 0, 0.1));
 *     return tf.losses.meanSquaredError(images, network.apply(spoilt) as tf.Tensor4D) as tf.Scalar;
 *   },
 * });
 */
export function lossStep<B extends Batch>({
  variables,
  optimizer,
  loss: lossOf,
}: LossStepOptions<B>): TrainingStep<B> {
  return trainingStep<B>((inputs) => {
    const { value: loss, grads } = tf.variableGrads(
      () => lossOf(inputs, new RandomStream(inputs.seed)),
      [...variables],
    );
    applyGradients(optimizer, grads, inputs.learningRate);
    return { loss };
  });
}
