import type { SentenceClassifier } from '../../models/sentence-classifier';
import type { LabelledTokens } from '../../text/labelled-token-sequences';
import type { TrainingStep } from '../loop/training-step';
import { type ClassificationStepOptions, classificationStep } from './classification-step';

/** Options of {@link sentenceStep}. */
export type SentenceStepOptions = ClassificationStepOptions<SentenceClassifier>;

/**
 * {@link classificationStep} of sentences, on batches `{ tokens: [N, T], labels: [N] }`.
 *
 * @throws InvalidArgumentError when `encoderRate` is below 0.
 */
export function sentenceStep(options: SentenceStepOptions): TrainingStep<LabelledTokens> {
  return classificationStep({ ...options, input: 'tokens' }, 'sentenceStep');
}
