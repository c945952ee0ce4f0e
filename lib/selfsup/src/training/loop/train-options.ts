import type { GraphSummary } from 'tfjs-compile';
import type { Batch, BatchSource } from '../../data/batch-source';
import type { RepresentationDiagnostics } from '../../evaluation/diagnostics/representation-diagnostics';
import { assertCount, assertSeed } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
import type { OnProgress } from '../../runtime/progress';
import type { LearningRateSchedule } from '../optimization/learning-rate-schedule';
import { assertLookSteps, type LookSteps } from './look-steps';
import type {
  DiagnosticsRecord,
  EpochRecord,
  StepRecord,
  TrainingHistory,
} from './training-history';
import type { TrainingStep } from './training-step';

/** Options of {@link train}. */
export interface TrainOptions<B extends Batch> {
  /** One update, for instance made by `simClrStep`. */
  readonly step: TrainingStep<B>;
  readonly data: BatchSource<B>;
  /** Examples in a batch. What an epoch leaves over, less than one batch, is left out of that epoch. */
  readonly batchSize: number;
  /** Length of the run in passes through the data. Give this or `steps`. */
  readonly epochs?: number;
  /** Length of the run in steps. */
  readonly steps?: number;
  /** A number, or a schedule such as `cosineSchedule({ peak: 5e-3, warmupSteps: 20 })`. */
  readonly learningRate: number | LearningRateSchedule;
  /** Determines the order of the examples and every draw inside the steps: a whole number, 0 to 2³¹ − 1. */
  readonly seed?: number;
  /** Where the state is saved every so many steps (each epoch when left out), when interrupted, and at the end. */
  readonly checkpoint?: { readonly file: string; readonly everySteps?: number };
  /** Go on from the checkpoint where its file exists; where it does not, the run starts at the beginning. */
  readonly resume?: boolean;
  /** A look at the representation before training, after steps of your choice, and at the end. */
  readonly diagnostics?: DiagnosticsOptions;
  /**
   * Run the step as a TensorFlow graph (default), traced once at the beginning; `false` sends every operation on its own,
   * which is slower and shows a mistake at its line. Both give the same numbers up to float32 rounding.
   */
  readonly compile?: boolean;
  /**
   * `bfloat16` computes convolutions and products with weights in bfloat16 (8 bits of mantissa); weights, updates, losses
   * and normalisation stay float32. It needs `compile` and a processor with such instructions. Default `float32`.
   */
  readonly precision?: 'float32' | 'bfloat16';
  readonly onProgress?: OnProgress;
  readonly onStep?: (record: StepRecord) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  readonly onDiagnostics?: (record: DiagnosticsRecord) => void;
  /** Ends the run like an interrupt. */
  readonly signal?: AbortSignal;
}

/** When {@link train} measures the representations, and how. */
export interface DiagnosticsOptions {
  /** For instance made by `twoViewDiagnostics`. */
  readonly measure: () => RepresentationDiagnostics;
  /**
   * Looks besides those before training and at the end: every so many steps, after the steps of a list, or where a function
   * of the steps done says `true`.
   */
  readonly everySteps: LookSteps;
  /** End the run when two looks in a row warn of a collapse. Otherwise it goes on, the warnings in the history. */
  readonly stopOnCollapse?: boolean;
}

/** What {@link train} gives back. */
export interface TrainingResult {
  readonly stopped: 'finished' | 'interrupted' | 'not-a-number' | 'collapsed';
  /** The same as a sentence. */
  readonly reason: string;
  /** Steps whose updates the weights contain. */
  readonly stepsDone: number;
  readonly history: TrainingHistory;
  /** The graph the steps ran as; `null` with `compile: false`, or when there was no step to do. */
  readonly graph: GraphSummary | null;
}

/**
 * Checks the options of {@link train}.
 *
 * @internal
 * @throws InvalidArgumentError when one is out of range, or two do not go together.
 */
export function assertTrainOptions<B extends Batch>(options: TrainOptions<B>): void {
  const { data, batchSize, epochs, steps, seed = 0, checkpoint, diagnostics, resume } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`train: ${given}; ${expected}.`);
  };
  const counts = {
    batchSize: [batchSize, 1],
    epochs: [epochs, 0],
    steps: [steps, 0],
    'checkpoint.everySteps': [checkpoint?.everySteps, 1],
  } as const;
  for (const [name, [value, least]] of Object.entries(counts)) {
    if (value !== undefined) assertCount('train', name, value, least);
  }
  if (diagnostics !== undefined) {
    assertLookSteps('train', 'diagnostics.everySteps', diagnostics.everySteps);
  }
  assertSeed('train', seed);
  if ((epochs === undefined) === (steps === undefined)) {
    refuse(`epochs is ${epochs} and steps is ${steps}`, 'expected exactly one of the two');
  }
  if (batchSize > data.size) {
    refuse(
      `a batch of ${batchSize} does not fit into ${data.size} examples`,
      'lower batchSize or give more data',
    );
  }
  if (options.precision === 'bfloat16' && options.compile === false) {
    refuse(
      "precision is 'bfloat16' with compile: false",
      'only compiled steps have it, leave compile out',
    );
  }
  if (resume === true && checkpoint === undefined) {
    refuse('resume is true without a checkpoint', 'name its file: checkpoint: { file }');
  }
}
