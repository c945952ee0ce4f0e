import type { Batch } from '../../data/batch-source';
import * as tf from '../../runtime/tensorflow';

/** What every training step is given besides its batch. */
export type StepInputs = {
  /** int32 `[runSeed, stepNumber]`, the seed of the step's `RandomStream`. */
  seed: tf.Tensor1D;
  /** A tensor and not a number, so that a compiled step does not freeze the first rate of a schedule. */
  learningRate: tf.Scalar;
};

/** The loss of the batch before the update, and any further scalars worth recording. */
export type StepOutputs = { loss: tf.Scalar; [metric: string]: tf.Tensor };

/**
 * One update of the weights as a function of a batch and of the state in `variables`. Everything it does is a tensor
 * operation: randomness comes from `new RandomStream(seed)`, the state lives in `tf.Variable`s, and no tensor's
 * value is read. That is what allows a step to be traced once and run as a TensorFlow graph.
 */
export interface TrainingStep<B extends Batch> {
  /** The caller disposes the inputs and the outputs. */
  (inputs: B & StepInputs): StepOutputs;
  /** All the step reads and assigns: weights, moving averages, moments. A checkpoint holds these, in this order. */
  readonly variables: readonly tf.Variable[];
}

/**
 * Makes a {@link TrainingStep} from the function that performs it and the variables which are its state.
 *
 * @param variables Weights of the model and of the optimizer: `[...model.weights, ...optimizer.weights]`.
 * @param run The step itself. Its intermediate tensors are disposed.
 */
export function trainingStep<B extends Batch>(
  variables: readonly tf.Variable[],
  run: (inputs: B & StepInputs) => StepOutputs,
): TrainingStep<B> {
  const step = (inputs: B & StepInputs): StepOutputs => tf.tidy(() => run(inputs));
  return Object.assign(step, { variables: [...variables] });
}
