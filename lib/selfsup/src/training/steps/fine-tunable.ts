import type { RandomStream } from 'tfjs-compile';
import type { Batch, BatchSource } from '../../data/batch-source';
import type * as tf from '../../runtime/tensorflow';

/** A model that tells classes and is trained in two parts, an encoder and a head: `Classifier`, `SentenceClassifier`, yours. */
export interface FineTunable<Input extends tf.Tensor> {
  /** Number of classes. */
  readonly classes: number;
  /** What an optimizer changes in the encoder. */
  readonly encoderVariables: readonly tf.Variable[];
  /** What an optimizer changes in the head. */
  readonly headVariables: readonly tf.Variable[];
  /** All weights, moving averages included. */
  readonly weights: readonly tf.Variable[];
  /**
   * Unnormalised log probabilities of the classes, `[N, classes]`. `random` draws the dropout; `trainEncoder` lets batch
   * normalization use the batch.
   */
  logits(
    inputs: Input,
    call?: { readonly random?: RandomStream; readonly trainEncoder?: boolean },
  ): tf.Tensor2D;
}

/** A batch of examples, under a name of their own, with their labels. */
export type LabelledBatch<Name extends string, Input extends tf.Tensor> = Batch & {
  readonly [name in Name]: Input;
} & {
  /** `[N]`, int32. */
  readonly labels: tf.Tensor1D;
};

/** Examples with labels, as batches. */
export interface LabelledSource<Name extends string, Input extends tf.Tensor>
  extends BatchSource<LabelledBatch<Name, Input>> {
  /** Class of each example, whole numbers from 0. */
  readonly labels: ArrayLike<number>;
}
