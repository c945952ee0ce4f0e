import { RandomStream } from 'tfjs-compile';
import type { SentenceClassifier } from '../../models/sentence-classifier';
import type { LabelledTokens } from '../../text/labelled-token-sequences';
import type { TrainingStep } from '../loop/training-step';
import { type ClassificationStepOptions, classificationStep } from './classification-step';

/** Options of {@link sentenceStep}. */
export type SentenceStepOptions = ClassificationStepOptions<SentenceClassifier>;

/**
 * One step of training a sentence classifier with labels: the mean cross entropy and its gradient, then the update. Of a
 * frozen encoder no gradient is computed and none of its weights changes. Dropout, where the classifier has it, applies
 * in both.
 *
 * @returns A step on `{ tokens: [N, T], labels: [N] }`; its outputs are the `loss` in nats and the `accuracy` of the
 *   batch, both before the update.
 * @throws InvalidArgumentError when `encoderRate` is not above 0.
 */
export function sentenceStep(options: SentenceStepOptions): TrainingStep<LabelledTokens> {
  const { classifier } = options;
  return classificationStep<LabelledTokens>('sentenceStep', options, ({ tokens, seed }) => {
    const random = new RandomStream(seed);
    return () => classifier.logits(tokens, { random });
  });
}
