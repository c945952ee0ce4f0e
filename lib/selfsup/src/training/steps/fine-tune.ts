import type { Augmentation } from '../../augment/augmentation';
import type { ImageDataSet } from '../../data/image-data-set';
import { labelledImageBatches } from '../../data/labelled-image-batches';
import type { Accuracy } from '../../evaluation/accuracy';
import type { Classifier } from '../../models/classifier';
import { InvalidArgumentError } from '../../runtime/errors';
import type { OnProgress } from '../../runtime/progress';
import * as tf from '../../runtime/tensorflow';
import { type TrainingResult, train } from '../loop/train';
import { ValidationLooks, type ValidationRecord } from '../loop/validation-looks';
import { AdamW } from '../optimization/adam-w';
import { cosineSchedule, type LearningRateSchedule } from '../optimization/learning-rate-schedule';
import { supervisedStep } from './supervised-step';

/** Options of {@link fineTune}. */
export interface FineTuneOptions {
  /** Trained in place. A classifier with a fresh encoder is trained from scratch, with the same call. */
  readonly classifier: Classifier;
  /** The labelled training images, for instance a `labelSubset`. */
  readonly data: ImageDataSet;
  /** Steps with all weights trained; 0 with `headSteps` trains a frozen encoder's head alone. */
  readonly steps: number;
  /** Steps before these with the encoder frozen, so that a head that knows nothing does not spoil it. Default 0. */
  readonly headSteps?: number;
  /** The head's learning rate. Default a cosine from 2e-3 with a tenth of the steps as warm-up. */
  readonly learningRate?: number | LearningRateSchedule;
  /** The encoder's learning rate divided by the head's. Default 1. */
  readonly encoderRate?: number;
  /** AdamW's decay. Default 0.01. */
  readonly weightDecay?: number;
  /** Examples in a batch, at most all. Default 128. */
  readonly batchSize?: number;
  /** Changes each training image. */
  readonly augmentation?: Augmentation;
  /** Keeps the weights of the best look at a validation split instead of the last ones. Never give the test split. */
  readonly validation?: FineTuneValidation;
  /** Order of the examples, augmentation and dropout. Default 0. */
  readonly seed?: number;
  /** As in `train`. Default true. */
  readonly compile?: boolean;
  /** As in `train`. Default `float32`. */
  readonly precision?: 'float32' | 'bfloat16';
  readonly onProgress?: OnProgress;
  /** Ends the training like an interrupt. */
  readonly signal?: AbortSignal;
}

/** The held-out examples that {@link fineTune} looks at while it trains. */
export interface FineTuneValidation {
  readonly data: ImageDataSet;
  /** Steps between two looks; one more is taken at the end. */
  readonly everySteps: number;
  /** What is done to the images `[N, H, W, C]` before the classifier sees them, without randomness. */
  readonly transform?: (images: tf.Tensor4D) => tf.Tensor4D;
}

/** What {@link fineTune} did. */
export interface FineTuneResult {
  /** The steps with the encoder frozen; `null` where there were none. */
  readonly head: TrainingResult | null;
  /** The steps with all weights; `null` where there were none, or an interrupt came before. */
  readonly all: TrainingResult | null;
  /** The steps of the head alone count as well. */
  readonly validations: readonly ValidationRecord[];
  /** The look whose weights were kept, the first of equally good ones; `null` without validation. */
  readonly best: ValidationRecord | null;
}

const VALIDATION_BATCH = 512;

/**
 * Trains a classifier on labelled images: the head alone first where `headSteps` asks for it, then everything. The same
 * function makes the control that is trained from scratch, and with `steps: 0` a frozen encoder's classifier.
 *
 * Fine-tuning from a head of zeros can distort pre-trained features before the head has learned to use them; with the
 * head fitted first (LP-FT) the encoder starts from useful gradients.
 *
 * With `validation` the weights of the best look are restored at the end: the number of steps is chosen there.
 * An interrupt ends the training normally, as in `train`; the weights trained so far are kept.
 *
 * @throws InvalidArgumentError when an option is out of range, or a label has no class in the classifier.
 * @see Kumar, Raghunathan, Jones, Ma, Liang, "Fine-Tuning can Distort Pretrained Features and Underperform
 *   Out-of-Distribution", 2022, arXiv:2202.10054.
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuneResult> {
  const { classifier, data, steps, headSteps = 0, validation, weightDecay = 0.01 } = options;
  checkOptions(options);
  const total = headSteps + steps;
  const looks = new ValidationLooks(
    classifier.weights,
    validation === undefined
      ? null
      : {
          everySteps: validation.everySteps,
          measure: () => validationAccuracy(classifier, validation),
        },
  );
  const stage = async (
    stageSteps: number,
    stepsBefore: number,
    encoderOptimizer: AdamW | null,
  ): Promise<TrainingResult> => {
    const headOptimizer = new AdamW(classifier.headVariables, { weightDecay });
    const { augmentation, encoderRate, compile, precision, signal, onProgress } = options;
    const { batchSize = 128 } = options;
    try {
      return await train({
        step: supervisedStep({
          classifier,
          headOptimizer,
          ...(encoderOptimizer && { encoderOptimizer }),
          ...(encoderRate !== undefined && { encoderRate }),
          ...(augmentation && { augmentation }),
        }),
        data: labelledImageBatches(data),
        batchSize: Math.min(batchSize, data.size),
        steps: stageSteps,
        learningRate:
          options.learningRate ??
          cosineSchedule({ peak: 2e-3, warmupSteps: Math.ceil(stageSteps / 10) }),
        seed: options.seed ?? 0,
        ...(compile !== undefined && { compile }),
        ...(precision !== undefined && { precision }),
        ...(signal && { signal }),
        ...(onProgress && {
          onProgress: (progress) =>
            onProgress({ ...progress, done: stepsBefore + progress.done, total }),
        }),
        onStep: ({ step }) => looks.lookWhenDue(stepsBefore + step, total),
      });
    } finally {
      headOptimizer.dispose();
      encoderOptimizer?.dispose();
    }
  };
  try {
    const head = headSteps > 0 ? await stage(headSteps, 0, null) : null;
    const goesOn = steps > 0 && (head === null || head.stopped === 'finished');
    const all = goesOn
      ? await stage(steps, headSteps, new AdamW(classifier.encoderVariables, { weightDecay }))
      : null;
    looks.restoreBest((head?.stepsDone ?? 0) + (all?.stepsDone ?? 0));
    return { head, all, validations: looks.records, best: looks.best };
  } finally {
    looks.dispose();
  }
}

/** Accuracy of the classifier, in inference mode. */
function validationAccuracy(
  classifier: Classifier,
  { data, transform }: FineTuneValidation,
): Accuracy {
  let correct = 0;
  for (let start = 0; start < data.size; start += VALIDATION_BATCH) {
    const length = Math.min(VALIDATION_BATCH, data.size - start);
    const indices = Int32Array.from({ length }, (_, i) => start + i);
    const predicted = tf.tidy(() => {
      const images = data.images(indices);
      const logits = classifier.logits(transform ? transform(images) : images);
      return logits.argMax(1).dataSync();
    });
    for (let i = 0; i < length; i++) {
      correct += Number(predicted[i] === data.labels[start + i]);
    }
  }
  return { accuracy: correct / data.size, n: data.size };
}

function checkOptions(options: FineTuneOptions): void {
  const { classifier, data, steps, headSteps = 0, batchSize = 128, validation } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`fineTune: ${given}; expected ${expected}.`);
  };
  for (const [name, value, least] of [
    ['steps', steps, 0],
    ['headSteps', headSteps, 0],
    ['batchSize', batchSize, 1],
    ['validation.everySteps', validation?.everySteps ?? 1, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      refuse(`${name} is ${value}`, `a whole number, ${least} or more`);
    }
  }
  if (steps + headSteps === 0) refuse('steps and headSteps are both 0', 'at least one step');
  if (validation?.data.size === 0) {
    refuse('the validation split has no images', 'at least one, or no validation');
  }
  if (validation?.data.split === 'test') {
    refuse(
      'validation.data is the test split',
      'the validation split: what is chosen on test images is no longer tested by them',
    );
  }
  for (const { labels } of [data, ...(validation ? [validation.data] : [])]) {
    const unknown = labels.find((label) => label >= classifier.classes);
    if (unknown !== undefined) {
      refuse(
        `there are images of class ${unknown}, the classifier has ${classifier.classes} classes (from 0)`,
        'new Classifier({ classes: data.labelNames.length, … })',
      );
    }
  }
}
