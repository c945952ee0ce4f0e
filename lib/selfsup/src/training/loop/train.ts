import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GraphSummary } from 'tfjs-compile';
import type { Batch, BatchSource } from '../../data/batch-source';
import type { RepresentationDiagnostics } from '../../evaluation/diagnostics/representation-diagnostics';
import { InterruptListener } from '../../runtime/interrupt-listener';
import type { OnProgress } from '../../runtime/progress';
import type { LearningRateSchedule } from '../optimization/learning-rate-schedule';
import type {
  DiagnosticsRecord,
  EpochRecord,
  StepRecord,
  TrainingHistory,
} from './training-history';
import { TrainingRun } from './training-run';
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
  /** A look at the representation before training, every so many steps, and at the end. */
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
  /** For instance made by `simClrDiagnostics`. */
  readonly measure: () => RepresentationDiagnostics;
  readonly everySteps: number;
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
 * Runs a training step until the end, an interrupt, or trouble.
 *
 * - **Order.** Each epoch visits the examples in an order of its own, given by the seed; equal seeds give equal losses.
 * - **Interrupt.** Ctrl-C, JupyterLab's stop button and `signal` end the run after the step under way; the call returns
 *   normally and the weights stay as trained. A second Ctrl-C does what it does without this loop.
 * - **Not a number.** When the loss, or at the end a weight, is NaN or infinite, the variables get back the state from
 *   which the last finite loss was computed.
 * - **Checkpoints** hold weights, optimizer, history and position; a run resumed from one gives the same losses, to the
 *   last bit, as one that was never stopped. An error while writing ends the run.
 * - Between steps the event loop gets its turn, so that progress is displayed and interrupts arrive.
 *
 * Tensors: the variables of `step` are updated in place and stay the caller's; nothing else is left.
 *
 * @throws InvalidArgumentError when an option is out of range.
 * @throws CheckpointError when a checkpoint cannot be written, is damaged or belongs to another run.
 * @throws NotCompilableError (of tfjs-compile) when the step does what a graph cannot repeat.
 * @throws CompileError (of tfjs-compile) when bfloat16 is asked for and this processor has no instructions for it.
 */
export async function train<B extends Batch>(options: TrainOptions<B>): Promise<TrainingResult> {
  const run = new TrainingRun(options);
  // A notebook's cell runs in a vm that takes SIGINT over until the cell awaits; a listener added before that would
  // be left without its signal, and the next interrupt would end the kernel.
  await nextTurn();
  const interrupt = new InterruptListener();
  try {
    await run.open();
    while (!run.ended) {
      if (interrupt.interrupted || options.signal?.aborted === true) {
        run.interrupt();
        break;
      }
      run.oneStep();
      await run.saveWhenDue();
      await nextTurn();
    }
    return await run.close();
  } finally {
    interrupt.release();
    run.dispose();
  }
}
