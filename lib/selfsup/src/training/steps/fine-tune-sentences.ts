import type { SentenceClassifier } from '../../models/sentence-classifier';
import type { LabelledTokenSequences } from '../../text/labelled-token-sequences';
import type { TrainingResult } from '../loop/train-options';
import {
  type FineTuneResult,
  type FineTuningOptions,
  fineTuneClassifier,
  type ValidationLookOptions,
} from './fine-tune-classifier';

/** Options of {@link fineTuneSentences}. */
export interface FineTuneSentencesOptions extends Omit<FineTuningOptions, 'headSteps'> {
  /** Trained in place. A classifier with a fresh encoder is trained from scratch, with the same call. */
  readonly classifier: SentenceClassifier;
  readonly data: LabelledTokenSequences;
  /** Keeps the weights of the best look at a validation split instead of the last ones. Never give the test split. */
  readonly validation?: ValidationLookOptions & { readonly data: LabelledTokenSequences };
}

/** What {@link fineTuneSentences} did. */
export interface FineTuneSentencesResult
  extends Pick<FineTuneResult, 'coolDown' | 'validations' | 'best' | 'converged'> {
  readonly training: TrainingResult;
}

/**
 * {@link fineTuneClassifier} on labelled sentences.
 *
 * @throws InvalidArgumentError when an option is out of range, or a label has no class in the classifier.
 */
export async function fineTuneSentences(
  options: FineTuneSentencesOptions,
): Promise<FineTuneSentencesResult> {
  const { all, coolDown, validations, best, converged } = await fineTuneClassifier(
    { batchSize: 64, ...options, input: 'tokens' },
    'fineTuneSentences',
  );
  // Without steps of the head alone, and at least one step, there is a run of all.
  return { training: all as TrainingResult, coolDown, validations, best, converged };
}
