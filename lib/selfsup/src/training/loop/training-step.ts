import type { Batch } from '../../data/batch-source';
import { InvalidArgumentError } from '../../runtime/errors';
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
 * One update of the weights as a function of a batch and of state. Everything it does is a tensor operation: randomness
 * comes from `new RandomStream(seed)`, the state lives in `tf.Variable`s, and no tensor's value is read. That is what allows
 * a step to be traced once and run as a TensorFlow graph, and its state to be found.
 */
export interface TrainingStep<B extends Batch> {
  /** The caller disposes the inputs and the outputs. */
  (inputs: B & StepInputs): StepOutputs;
  /**
   * All that the step reads and assigns, in the order of creation: weights, moving averages, moments. A checkpoint holds
   * these. `train` finds them; before that there are none but those that {@link trainingStep} was given.
   */
  readonly variables: readonly tf.Variable[];
}

/** What `train` has found of each step. */
const foundVariables = new WeakMap<object, readonly tf.Variable[]>();

/**
 * Makes a {@link TrainingStep} from the function that performs it. Its state is not declared: `train` sees which variables it
 * reads, assigns and creates, whatever the optimizer.
 *
 * @param run The step itself. Its intermediate tensors are disposed.
 *
 * @example
 * const optimizer = tf.train.adam(1e-3);
 * const step = trainingStep<{ images: tf.Tensor4D }>(({ images }) => {
 *   const { value: loss, grads } = tf.variableGrads(() => lossOf(images));
 *   optimizer.applyGradients(grads);
 *   return { loss };
 * });
 */
export function trainingStep<B extends Batch>(
  run: (inputs: B & StepInputs) => StepOutputs,
): TrainingStep<B>;
/**
 * @param kept Variables that checkpoints shall hold besides those that are found, because the step does not use them.
 * @param run The step itself.
 */
export function trainingStep<B extends Batch>(
  kept: readonly tf.Variable[],
  run: (inputs: B & StepInputs) => StepOutputs,
): TrainingStep<B>;
export function trainingStep<B extends Batch>(
  ...given:
    | [run: (inputs: B & StepInputs) => StepOutputs]
    | [kept: readonly tf.Variable[], run: (inputs: B & StepInputs) => StepOutputs]
): TrainingStep<B> {
  const [kept, run] = given.length === 1 ? [[], given[0]] : given;
  const step = (inputs: B & StepInputs): StepOutputs => tf.tidy(() => run(inputs));
  foundVariables.set(step, [...kept]);
  return Object.defineProperty(step, 'variables', {
    get: () => foundVariables.get(step),
    enumerable: true,
  }) as TrainingStep<B>;
}

/**
 * Tells a step its variables.
 *
 * @internal
 */
export function rememberVariables(step: object, variables: readonly tf.Variable[]): void {
  foundVariables.set(step, variables);
}

/** What steps ask of the values in their batches. */
const batchChecks = new WeakMap<object, (batch: Batch) => void>();

/**
 * Lets `train` look at the values of the first batch before it compiles the step: a compiled step can read none.
 *
 * @param check Throws where the step cannot be meant for such a batch.
 * @returns The step.
 * @internal
 */
export function checkingFirstBatch<B extends Batch>(
  step: TrainingStep<B>,
  check: (batch: B) => void,
): TrainingStep<B> {
  batchChecks.set(step, check as (batch: Batch) => void);
  return step;
}

/**
 * Does the check that a step was given, if any.
 *
 * @internal
 */
export function checkBatch<B extends Batch>(step: TrainingStep<B>, batch: B): void {
  batchChecks.get(step)?.(batch);
}

/**
 * The numbers of a step's outputs.
 *
 * @internal
 * @throws InvalidArgumentError when one is not a scalar, or there is no loss.
 */
export function readOutputs(outputs: tf.NamedTensorMap): {
  loss: number;
  [metric: string]: number;
} {
  const numbers: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.size !== 1) {
      throw new InvalidArgumentError(
        `The training step returned "${name}" of shape [${tensor.shape}]; expected a scalar. Reduce it, ` +
          'for instance with mean().',
      );
    }
    numbers[name] = tensor.dataSync()[0] as number;
  }
  const { loss } = numbers;
  if (loss === undefined) {
    throw new InvalidArgumentError(
      `The training step returned ${Object.keys(numbers).join(', ') || 'nothing'}; expected a scalar named loss.`,
    );
  }
  return { ...numbers, loss };
}
