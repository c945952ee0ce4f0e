import { RandomStream } from 'tfjs-compile';
import { type MaskedLanguageModel, maskedCapacity } from '../../models/masked-language-model';
import * as tf from '../../runtime/tensorflow';
import { maskTokens } from '../../text/mask-tokens';
import { type TrainingStep, trainingStep } from '../loop/training-step';
import { applyGradients, type Optimizer } from '../optimization/optimizer';

/** Options of {@link maskedLanguageStep}. */
export interface MaskedLanguageStepOptions {
  readonly model: MaskedLanguageModel;
  /** Made for `model.trainableVariables`. */
  readonly optimizer: Optimizer;
  /** Probability that a word is chosen to be guessed. Default: 0.15. */
  readonly rate?: number;
}

/**
 * One step of masked language modelling: choose words anew and corrupt them (80 % `[MASK]`, 10 % random, 10 % kept),
 * compute the cross-entropy of guessing them and its gradient, update the weights. The head is computed for about as many
 * positions as are masked, not for all.
 *
 * @returns A step on `{ tokens: [N, T] }`, int32; its output is `{ loss }`.
 */
export function maskedLanguageStep({
  model,
  optimizer,
  rate = 0.15,
}: MaskedLanguageStepOptions): TrainingStep<{ tokens: tf.Tensor2D }> {
  const vocabularySize = model.encoder.embedding.shape[0];
  return trainingStep(({ tokens, seed, learningRate }) => {
    const random = new RandomStream(seed);
    const masked = maskTokens(tokens, { random, vocabularySize, rate });
    const capacity = maskedCapacity(tokens.size, rate);
    const { value: loss, grads } = tf.variableGrads(
      () => model.loss(masked, { capacity, random }),
      model.trainableVariables,
    );
    applyGradients(optimizer, grads, learningRate);
    return { loss };
  });
}
