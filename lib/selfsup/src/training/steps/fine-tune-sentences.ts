import type { Accuracy } from '../../evaluation/accuracy';
import type { SentenceClassifier } from '../../models/sentence-classifier';
import { InvalidArgumentError } from '../../runtime/errors';
import type { OnProgress } from '../../runtime/progress';
import * as tf from '../../runtime/tensorflow';
import type { LabelledTokenSequences } from '../../text/labelled-token-sequences';
import { type TrainingResult, train } from '../loop/train';
import { ValidationLooks, type ValidationRecord } from '../loop/validation-looks';
import { AdamW } from '../optimization/adam-w';
import { cosineSchedule, type LearningRateSchedule } from '../optimization/learning-rate-schedule';
import { sentenceStep } from './sentence-step';

/** Options of {@link fineTuneSentences}. */
export interface FineTuneSentencesOptions {
  /** Trained in place. A classifier with a fresh encoder is trained from scratch, with the same call. */
  readonly classifier: SentenceClassifier;
  readonly data: LabelledTokenSequences;
  readonly steps: number;
  /** The head's learning rate. Default a cosine from 2e-3 with a tenth of the steps as warm-up. */
  readonly learningRate?: number | LearningRateSchedule;
  /** The encoder's learning rate divided by the head's; 0 leaves the encoder frozen. Default 1. */
  readonly encoderRate?: number;
  /** AdamW's decay. Default 0.01. */
  readonly weightDecay?: number;
  /** Sentences in a batch, at most all. Default 64. */
  readonly batchSize?: number;
  /** Keeps the weights of the best look at a validation split instead of the last ones. Never give the test split. */
  readonly validation?: {
    readonly data: LabelledTokenSequences;
    /** Steps between two looks; one more is taken at the end. */
    readonly everySteps: number;
  };
  /** Order of the sentences, and dropout. Default 0. */
  readonly seed?: number;
  /** As in `train`. Default true. */
  readonly compile?: boolean;
  /** As in `train`. Default `float32`. */
  readonly precision?: 'float32' | 'bfloat16';
  readonly onProgress?: OnProgress;
  /** Ends the training like an interrupt. */
  readonly signal?: AbortSignal;
}

/** What {@link fineTuneSentences} did. */
export interface FineTuneSentencesResult {
  readonly training: TrainingResult;
  readonly validations: readonly ValidationRecord[];
  /** The look whose weights were kept, the first of equally good ones; `null` without validation. */
  readonly best: ValidationRecord | null;
}

const VALIDATION_BATCH = 512;

/**
 * Trains a sentence classifier on labelled sentences. The same function makes the control that is trained from scratch.
 * With `validation` the weights of the best look are restored at the end: the number of steps is chosen there.
 *
 * An interrupt ends the training normally, as in `train`; the weights trained so far are kept.
 *
 * @throws InvalidArgumentError when an option is out of range, or a label has no class in the classifier.
 */
export async function fineTuneSentences(
  options: FineTuneSentencesOptions,
): Promise<FineTuneSentencesResult> {
  const { classifier, data, steps, encoderRate = 1, weightDecay = 0.01 } = options;
  const { validation, compile, precision, signal, onProgress } = options;
  checkOptions(options);
  const looks = new ValidationLooks(
    classifier.weights,
    validation === undefined
      ? null
      : {
          everySteps: validation.everySteps,
          measure: () => accuracyOf(classifier, validation.data),
        },
  );
  const headOptimizer = new AdamW(classifier.headVariables, { weightDecay });
  const encoderOptimizer =
    encoderRate === 0 ? null : new AdamW(classifier.encoderVariables, { weightDecay });
  try {
    const training = await train({
      step: sentenceStep({
        classifier,
        headOptimizer,
        ...(encoderOptimizer && { encoderOptimizer, encoderRate }),
      }),
      data,
      batchSize: Math.min(options.batchSize ?? 64, data.size),
      steps,
      learningRate:
        options.learningRate ?? cosineSchedule({ peak: 2e-3, warmupSteps: Math.ceil(steps / 10) }),
      seed: options.seed ?? 0,
      ...(compile !== undefined && { compile }),
      ...(precision !== undefined && { precision }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
      onStep: ({ step }) => looks.lookWhenDue(step, steps),
    });
    looks.restoreBest(training.stepsDone);
    return { training, validations: looks.records, best: looks.best };
  } finally {
    headOptimizer.dispose();
    encoderOptimizer?.dispose();
    looks.dispose();
  }
}

function accuracyOf(classifier: SentenceClassifier, data: LabelledTokenSequences): Accuracy {
  let correct = 0;
  for (let start = 0; start < data.size; start += VALIDATION_BATCH) {
    const length = Math.min(VALIDATION_BATCH, data.size - start);
    const indices = Int32Array.from({ length }, (_, i) => start + i);
    correct += tf.tidy(() => {
      const { tokens, labels } = data.batch(indices);
      return classifier.logits(tokens).argMax(1).equal(labels).sum().dataSync()[0] as number;
    });
  }
  return { accuracy: correct / data.size, n: data.size };
}

function checkOptions(options: FineTuneSentencesOptions): void {
  const { classifier, data, steps, encoderRate = 1, batchSize = 64, validation } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`fineTuneSentences: ${given}; expected ${expected}.`);
  };
  for (const [name, value] of [
    ['steps', steps],
    ['batchSize', batchSize],
    ['validation.everySteps', validation?.everySteps ?? 1],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      refuse(`${name} is ${value}`, 'a whole number, 1 or more');
  }
  if (!(encoderRate >= 0 && Number.isFinite(encoderRate))) {
    refuse(`encoderRate is ${encoderRate}`, 'a number, 0 or more');
  }
  for (const [name, part] of [
    ['data', data],
    ['validation.data', validation?.data],
  ] as const) {
    const strange = part?.labels.find((label) => label >= classifier.classes);
    if (strange !== undefined) {
      refuse(
        `${name} holds the label ${strange}`,
        `labels below ${classifier.classes}, the classifier's number of classes`,
      );
    }
  }
}
