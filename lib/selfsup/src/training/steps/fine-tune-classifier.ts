import type { RandomStream } from 'tfjs-compile';
import { assertCount, assertSeed, SEED_LIMIT } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
import { oneTraining } from '../../runtime/interruption';
import type { OnProgress, Progress } from '../../runtime/progress';
import { RandomGenerator } from '../../runtime/random-generator';
import type * as tf from '../../runtime/tensorflow';
import { train } from '../loop/train';
import type { TrainingResult } from '../loop/train-options';
import { ValidationLooks, type ValidationRecord } from '../loop/validation-looks';
import { AdamW } from '../optimization/adam-w';
import {
  asSchedule,
  cosineSchedule,
  type LearningRateSchedule,
} from '../optimization/learning-rate-schedule';
import { classificationStep } from './classification-step';
import { EarlyEnd } from './early-end';
import type { FineTunable, LabelledSource } from './fine-tunable';
import { HeldOutAccuracy } from './held-out-accuracy';

/** When a training looks at a validation split, and what it does by that. */
export interface ValidationLookOptions {
  /** Steps between two looks; one more is taken at the end. */
  readonly everySteps: number;
  /** Looks in a row without a better one after which the training ends (early stopping). Default: it never does. */
  readonly patience?: number | undefined;
  /** It does not end before so many times the steps of the best look. Default 1: whenever patience says so. */
  readonly patienceFactor?: number | undefined;
  /** Share of the best look's steps that follow with a falling learning rate. Default 0. */
  readonly coolDown?: number | undefined;
}

/** How a classifier is fine-tuned, whatever it classifies. */
export interface FineTuningOptions {
  /** Steps with all weights trained; 0 with `headSteps` trains a frozen encoder's head alone. */
  readonly steps: number;
  /** Steps before these with the encoder frozen, so that a head that knows nothing does not spoil it. Default 0. */
  readonly headSteps?: number;
  /** The head's learning rate. Default a cosine from 2e-3 with a tenth of the steps as warm-up. */
  readonly learningRate?: number | LearningRateSchedule;
  /** The encoder's learning rate divided by the head's; 0 leaves the encoder frozen. Default 1. */
  readonly encoderRate?: number;
  /** AdamW's decay. Default 0.01. */
  readonly weightDecay?: number;
  /** Examples in a batch, at most all. Default 128 (sentences: 64). */
  readonly batchSize?: number;
  /** Order of the examples, augmentation and dropout, which differ between the stages. A whole number, 0 to 2³¹ − 1; default 0. */
  readonly seed?: number;
  /** As in `train`. Default true. */
  readonly compile?: boolean;
  /** As in `train`. Default `float32`. */
  readonly precision?: 'float32' | 'bfloat16';
  readonly onProgress?: OnProgress;
  /** Ends the training like an interrupt. */
  readonly signal?: AbortSignal;
}

/** Options of {@link fineTuneClassifier}. */
export interface FineTuneClassifierOptions<Name extends string, Input extends tf.Tensor>
  extends FineTuningOptions {
  /** Trained in place. A classifier with a fresh encoder is trained from scratch, with the same call. */
  readonly classifier: FineTunable<Input>;
  /** The name of the examples in a batch: `images`, `tokens`. */
  readonly input: Name;
  readonly data: LabelledSource<Name, Input>;
  /** Changes each training example. */
  readonly augmentation?: ((inputs: Input, random: RandomStream) => Input) | undefined;
  /** Keeps the weights of the best look at a validation split instead of the last ones. Never give the test split. */
  readonly validation?: ValidationLookOptions & {
    readonly data: LabelledSource<Name, Input>;
    /** What is done to the examples before the classifier sees them, without randomness: it is done once for all looks where the result is below 256 MB. */
    readonly transform?: ((inputs: Input) => Input) | undefined;
  };
}

/** What {@link fineTuneClassifier} did. */
export interface FineTuneResult {
  /** The steps of `headSteps`, with the encoder frozen; `null` where there were none. */
  readonly head: TrainingResult | null;
  /** The steps of `steps`; `null` where there were none, or an interrupt came before. */
  readonly all: TrainingResult | null;
  /** The steps of `validation.coolDown`; `null` where there were none, or an interrupt came before. */
  readonly coolDown: TrainingResult | null;
  /** The steps of the head alone count as well, and those of the cool-down. */
  readonly validations: readonly ValidationRecord[];
  /** The look whose weights were kept, the first of equally good ones; `null` without validation. */
  readonly best: ValidationRecord | null;
  /** Whether `patience` has ended the training before its steps were over; false means that more steps may have helped. */
  readonly converged: boolean;
}

/** What a stage draws from: with the seed itself in each, a later stage would see the batches and draws of an earlier one again. */
const STAGE_SEEDS = {
  all: (seed: number): number => seed,
  head: (seed: number): number => new RandomGenerator(seed, 1).nextInteger(SEED_LIMIT),
  coolDown: (seed: number): number => new RandomGenerator(seed, 2).nextInteger(SEED_LIMIT),
};

/**
 * Trains a classifier on labelled examples: the head alone first where `headSteps` asks for it, then everything. The same
 * function makes the control that is trained from scratch, and with `steps: 0` or `encoderRate: 0` a frozen encoder's
 * classifier. It takes any data and any model that is {@link FineTunable}.
 *
 * Fine-tuning from a head of zeros can distort pre-trained features before the head has learned to use them; with the
 * head fitted first (LP-FT) the encoder starts from useful gradients.
 *
 * With `validation` the weights of the best look are restored at the end: the number of steps is chosen there. With
 * `validation.patience` the training also ends there (early stopping): as soon as so many looks in a row, not counting
 * those of `headSteps` before `steps`, were no better than the best. Give it more `steps` than it needs, and a learning rate that does not depend on them:
 * a schedule that falls to 0 at the last step makes the last look the best. Looks are noisy, and where there is much to
 * learn they get better slowly: a fixed patience may end too early there. With `validation.patienceFactor` f the training
 * goes on at least to f·b steps after a best look at step b, so that patience grows with what was needed so far.
 * `validation.coolDown` c then goes back to the weights of the best look, at step b, and trains for c·b more steps with a
 * learning rate that falls from its last value to 0 as half a cosine: a constant rate ends in noise that such a fall takes
 * away. Together the three make a baseline that is trained to its end without its steps being known beforehand.
 * An interrupt ends the training normally, as in `train`; the weights trained so far are kept.
 *
 * @param name Of the function, for messages.
 * @throws InvalidArgumentError when an option is out of range, or a label has no class in the classifier.
 * @see Kumar, Raghunathan, Jones, Ma, Liang, "Fine-Tuning can Distort Pretrained Features and Underperform
 *   Out-of-Distribution", 2022, arXiv:2202.10054.
 * @see Prechelt, "Early Stopping, But When?", 1998.
 * @see Bengio, "Practical Recommendations for Gradient-Based Training of Deep Architectures", 2012, arXiv:1206.5533,
 *   section 3.1.2 (patience that grows when a better look is found).
 * @see Hägele, Bakouch, Kosson, Ben Allal, Von Werra, Jaggi, "Scaling Laws and Compute-Optimal Training Beyond Fixed
 *   Training Durations", 2024, arXiv:2405.18392 (a constant rate, then a cool-down).
 *
 * @example
 * await fineTuneClassifier({ input: 'waves', classifier, data: { size, labels, batch }, steps: 200 });
 */
export async function fineTuneClassifier<Name extends string, Input extends tf.Tensor>(
  options: FineTuneClassifierOptions<Name, Input>,
  name = 'fineTuneClassifier',
): Promise<FineTuneResult> {
  assertOptions(name, options);
  return oneTraining(name, () => tuneInStages(options, name));
}

async function tuneInStages<Name extends string, Input extends tf.Tensor>(
  given: FineTuneClassifierOptions<Name, Input>,
  name: string,
): Promise<FineTuneResult> {
  const { onProgress } = given;
  let reported: Progress | undefined;
  const tell = (progress: Progress): void => {
    reported = progress;
    onProgress?.(progress);
  };
  const options = { ...given, ...(onProgress && { onProgress: tell }) };
  const { classifier, steps, headSteps = 0, encoderRate = 1, validation, seed = 0 } = options;
  const total = headSteps + steps;
  const heldOut =
    validation && new HeldOutAccuracy(options.input, validation.data, validation.transform);
  const looks = new ValidationLooks(
    classifier.weights,
    validation && heldOut
      ? { everySteps: validation.everySteps, measure: () => heldOut.of(classifier) }
      : null,
  );
  const trainsEncoder = steps > 0 && encoderRate > 0;
  const allRate = rateOf(options, steps || headSteps);
  const { patience, patienceFactor = 1 } = validation ?? {};
  const isOver = (step: number, stepsBefore: number) =>
    patience !== undefined &&
    looks.looksSinceBest(stepsBefore) >= patience &&
    step >= patienceFactor * (looks.best?.step ?? 0);
  try {
    const head =
      headSteps > 0
        ? await runStage(options, name, {
            seed: STAGE_SEEDS.head(seed),
            stageSteps: headSteps,
            stepsBefore: 0,
            total,
            trainEncoder: false,
            looks,
            learningRate: rateOf(options, headSteps),
            isOver: steps > 0 ? () => false : isOver,
          })
        : null;
    const goesOn = steps > 0 && (head === null || head.stopped === 'finished');
    const all = goesOn
      ? await runStage(options, name, {
          seed: STAGE_SEEDS.all(seed),
          stageSteps: steps,
          stepsBefore: headSteps,
          total,
          trainEncoder: trainsEncoder,
          looks,
          learningRate: allRate,
          isOver,
        })
      : null;
    const stepsBefore = (head?.stepsDone ?? 0) + (all?.stepsDone ?? 0);
    looks.restoreBest(stepsBefore);
    const [last, lastSteps] = all === null ? [head, headSteps] : [all, steps];
    const isFinished = last?.stopped === 'finished';
    const stageSteps = Math.ceil((validation?.coolDown ?? 0) * (looks.best?.step ?? 0));
    const coolDown =
      isFinished && stageSteps > 0
        ? await runStage(options, name, {
            seed: STAGE_SEEDS.coolDown(seed),
            stageSteps,
            stepsBefore,
            total: stepsBefore + stageSteps,
            trainEncoder: trainsEncoder,
            looks,
            learningRate: cosineSchedule({
              peak: asSchedule(allRate)(last.stepsDone - 1, lastSteps),
            }),
            isOver: () => false,
          })
        : null;
    if (coolDown !== null) looks.restoreBest(stepsBefore + coolDown.stepsDone);
    const converged = isFinished && last.stepsDone < lastSteps;
    // Done before the last step: nothing is left to be waited for.
    if (converged && coolDown === null && reported) tell({ ...reported, total: reported.done });
    return { head, all, coolDown, validations: looks.records, best: looks.best, converged };
  } finally {
    looks.dispose();
    heldOut?.dispose();
  }
}

/** The learning rate of a stage. */
function rateOf(
  { learningRate }: { readonly learningRate?: number | LearningRateSchedule },
  stageSteps: number,
): number | LearningRateSchedule {
  return learningRate ?? cosineSchedule({ peak: 2e-3, warmupSteps: Math.ceil(stageSteps / 10) });
}

/** A run of steps with the encoder frozen, or not. */
async function runStage<Name extends string, Input extends tf.Tensor>(
  options: FineTuneClassifierOptions<Name, Input>,
  name: string,
  stage: {
    readonly seed: number;
    readonly stageSteps: number;
    readonly stepsBefore: number;
    readonly total: number;
    readonly trainEncoder: boolean;
    readonly looks: ValidationLooks;
    readonly learningRate: number | LearningRateSchedule;
    /** Whether the training is over after a step, the stage having begun after `stepsBefore`. */
    readonly isOver: (step: number, stepsBefore: number) => boolean;
  },
): Promise<TrainingResult> {
  const { classifier, data, weightDecay = 0.01, batchSize = 128 } = options;
  const { input, augmentation, encoderRate, compile, precision, onProgress } = options;
  const { stageSteps, stepsBefore, total, trainEncoder, looks, learningRate, isOver } = stage;
  const ending = new EarlyEnd(options.signal);
  const optimizers: AdamW[] = [];
  const optimizerOf = (variables: readonly tf.Variable[]) => {
    const optimizer = new AdamW([...variables], { weightDecay });
    optimizers.push(optimizer);
    return optimizer;
  };
  try {
    const headOptimizer = optimizerOf(classifier.headVariables);
    // An encoder may have been frozen by its caller: then the head alone is trained.
    const encoderOptimizer =
      trainEncoder && classifier.encoderVariables.length > 0
        ? optimizerOf(classifier.encoderVariables)
        : null;
    const result = await train({
      step: classificationStep(
        {
          input,
          classifier,
          headOptimizer,
          augmentation,
          ...(encoderOptimizer && { encoderOptimizer }),
          ...(encoderRate !== undefined && { encoderRate }),
        },
        name,
      ),
      data,
      batchSize: Math.min(batchSize, data.size),
      steps: stageSteps,
      learningRate,
      seed: stage.seed,
      ...(compile !== undefined && { compile }),
      ...(precision !== undefined && { precision }),
      signal: ending.signal,
      ...(onProgress && {
        onProgress: (progress) =>
          onProgress({ ...progress, done: stepsBefore + progress.done, total }),
      }),
      onStep: ({ step }) => {
        looks.lookWhenDue(stepsBefore + step, total);
        if (isOver(stepsBefore + step, stepsBefore)) {
          ending.endSince(
            `validation was not better in ${looks.looksSinceBest(stepsBefore)} looks`,
          );
        }
      },
    });
    return ending.settled(result);
  } finally {
    ending.release();
    for (const optimizer of optimizers) optimizer.dispose();
  }
}

function assertOptions<Name extends string, Input extends tf.Tensor>(
  name: string,
  options: FineTuneClassifierOptions<Name, Input>,
): void {
  const { classifier, data, steps, headSteps = 0, batchSize = 128, validation } = options;
  const { encoderRate = 1 } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`${name}: ${given}; expected ${expected}.`);
  };
  for (const [option, value, least] of [
    ['steps', steps, 0],
    ['headSteps', headSteps, 0],
    ['batchSize', batchSize, 1],
    ['validation.everySteps', validation?.everySteps ?? 1, 1],
    ['validation.patience', validation?.patience ?? 1, 1],
  ] as const) {
    assertCount(name, option, value, least);
  }
  assertSeed(name, options.seed ?? 0);
  if (steps + headSteps === 0)
    refuse('steps is 0 (steps and headSteps are both 0)', 'at least one step');
  if (!(encoderRate >= 0 && Number.isFinite(encoderRate))) {
    refuse(`encoderRate is ${encoderRate}`, 'a number, 0 or more');
  }
  const patienceFactor = validation?.patienceFactor ?? 1;
  if (!(patienceFactor >= 1 && Number.isFinite(patienceFactor))) {
    refuse(`validation.patienceFactor is ${patienceFactor}`, 'a number, 1 or more');
  }
  if (validation?.patienceFactor !== undefined && validation.patience === undefined) {
    refuse('validation.patienceFactor is given without patience', 'both');
  }
  const coolDown = validation?.coolDown ?? 0;
  if (!(coolDown >= 0 && Number.isFinite(coolDown))) {
    refuse(`validation.coolDown is ${coolDown}`, 'a share of the steps, 0 or more');
  }
  if (validation?.data.size === 0) {
    refuse(
      `the validation split has no ${options.input}`,
      'at least one example, or no validation',
    );
  }
  for (const [part, source] of [
    ['data', data],
    ['validation.data', validation?.data],
  ] as const) {
    const unknown = Array.prototype.find.call(
      source?.labels ?? [],
      (label: number) => !(Number.isInteger(label) && label >= 0 && label < classifier.classes),
    );
    if (unknown !== undefined) {
      refuse(
        `${part} holds the label ${unknown}, the classifier has ${classifier.classes} classes, numbered from 0`,
        `whole numbers from 0 to ${classifier.classes - 1}, or a classifier of as many classes as there are`,
      );
    }
  }
}
