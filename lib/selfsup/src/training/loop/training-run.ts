import { type Compiled, compile } from 'tfjs-compile';
import type { Batch } from '../../data/batch-source';
import { shuffledIndices } from '../../data/batches';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { loadCheckpoint, type RunIdentity, saveCheckpoint } from '../files/checkpoint';
import {
  constantSchedule,
  type LearningRateSchedule,
} from '../optimization/learning-rate-schedule';
import { allFinite, StateSnapshot } from './state-snapshot';
import type { TrainingResult, TrainOptions } from './train';
import type { DiagnosticsRecord, EpochRecord, StepRecord } from './training-history';
import type { StepInputs, StepOutputs } from './training-step';

/** Where one call of `train` stands: its position, its records, and the state it can go back to. */
export class TrainingRun<B extends Batch> {
  private stopped: TrainingResult['stopped'] | null = null;
  private trouble = '';
  private stepsDone = 0;
  private stepsSaved = -1;
  private history: {
    steps: StepRecord[];
    epochs: EpochRecord[];
    diagnostics: DiagnosticsRecord[];
  } = { steps: [], epochs: [], diagnostics: [] };
  /** The state from which the last finite loss was computed, and the steps done by then. */
  private good: { state: StateSnapshot; stepsDone: number } | null = null;
  private order: { epoch: number; indices: Int32Array } | null = null;

  private readonly identity: RunIdentity;
  private readonly stepsPerEpoch: number;
  private readonly totalSteps: number;
  private readonly schedule: LearningRateSchedule;
  private readonly compiled: Compiled<[B & StepInputs], StepOutputs> | null;

  /** @throws InvalidArgumentError when an option is out of range. */
  constructor(private readonly options: TrainOptions<B>) {
    checkOptions(options);
    const { data, batchSize, learningRate, seed = 0, precision = 'float32' } = options;
    this.identity = { seed, batchSize, examples: data.size };
    this.stepsPerEpoch = Math.floor(data.size / batchSize);
    this.totalSteps = options.steps ?? (options.epochs as number) * this.stepsPerEpoch;
    this.schedule =
      typeof learningRate === 'number' ? constantSchedule(learningRate) : learningRate;
    this.compiled =
      options.compile === false
        ? null
        : compile(options.step, { name: 'training step', precision });
  }

  private get epoch(): number {
    return Math.floor(this.stepsDone / this.stepsPerEpoch);
  }

  get ended(): boolean {
    return this.stopped !== null || this.stepsDone >= this.totalSteps;
  }

  /** Reads the checkpoint where there is one to go on from; else takes the first look at the representation. */
  async open(): Promise<void> {
    const { checkpoint, resume = false, step, diagnostics } = this.options;
    if (resume && checkpoint !== undefined) {
      const progress = await loadCheckpoint(checkpoint.file, this.identity, step.variables);
      if (progress !== null) {
        this.stepsDone = progress.stepsDone;
        this.stepsSaved = progress.stepsDone;
        this.history = {
          steps: [...progress.history.steps],
          epochs: [...progress.history.epochs],
          diagnostics: [...progress.history.diagnostics],
        };
      }
    }
    if (diagnostics !== undefined && this.stepsDone === 0) this.diagnose();
    if (!this.ended) this.trace();
  }

  /**
   * Lets the step be traced by calls that are undone. The traced calls run eagerly, which rounds differently: were they
   * part of the training, a resumed run, with traced calls of its own, would not repeat the losses to the last bit.
   */
  private trace(): void {
    const { compiled } = this;
    if (compiled === null) return;
    const before = new StateSnapshot(this.options.step.variables);
    try {
      // The first call is traced, the second compared with it; one more where the first created variables.
      for (let call = 0; call < 3 && compiled.graphs.length === 0; call++) {
        this.compute(compiled, 0);
        before.restore();
      }
    } finally {
      before.restore();
      before.dispose();
    }
  }

  interrupt(): void {
    this.stopped = 'interrupted';
  }

  oneStep(): void {
    const { diagnostics, onStep, onEpoch, onProgress, step } = this.options;
    const epoch = this.epoch;
    const learningRate = this.schedule(this.stepsDone, this.totalSteps);
    const before = { state: new StateSnapshot(step.variables), stepsDone: this.stepsDone };
    const start = performance.now();
    let outputs: { loss: number; [metric: string]: number };
    try {
      outputs = this.compute(this.compiled ?? step, learningRate);
    } catch (error) {
      // A step that fails half-way must not leave half of its update.
      before.state.restore();
      before.state.dispose();
      throw error;
    }
    const duration = (performance.now() - start) / 1000;
    const { loss, ...metrics } = outputs;
    if (Number.isFinite(loss) || this.good === null) {
      this.good?.state.dispose();
      this.good = before;
    } else {
      before.state.dispose();
    }
    if (!Number.isFinite(loss)) {
      this.goBack(`The loss of step ${this.stepsDone + 1} is ${loss}`, learningRate);
      return;
    }

    this.stepsDone++;
    const seconds = (this.history.steps.at(-1)?.seconds ?? 0) + duration;
    const record = { step: this.stepsDone, epoch, loss, learningRate, metrics, seconds };
    this.history.steps.push(record);
    onStep?.(record);
    if (this.stepsDone % this.stepsPerEpoch === 0) {
      const ofEpoch = this.history.steps.slice(-this.stepsPerEpoch);
      const meanLoss = ofEpoch.reduce((sum, one) => sum + one.loss, 0) / ofEpoch.length;
      const epochRecord = { epoch, step: this.stepsDone, meanLoss, seconds };
      this.history.epochs.push(epochRecord);
      onEpoch?.(epochRecord);
    }
    onProgress?.({
      label: 'Training',
      done: this.stepsDone,
      total: this.totalSteps,
      unit: 'steps',
      message: `loss ${loss.toPrecision(4)}`,
    });
    if (diagnostics !== undefined && this.stepsDone % diagnostics.everySteps === 0) {
      // Weights that are not numbers have nothing to look at; the next loss, or the end, takes them back.
      if (allFinite(this.options.step.variables)) this.diagnose();
    }
  }

  async saveWhenDue(): Promise<void> {
    const { checkpoint } = this.options;
    if (checkpoint === undefined || this.stopped !== null) return;
    if (this.stepsDone % (checkpoint.everySteps ?? this.stepsPerEpoch) === 0) await this.save();
  }

  /** The last look, the last checkpoint, and the result. */
  async close(): Promise<TrainingResult> {
    const { diagnostics } = this.options;
    this.checkState();
    if (this.stopped !== 'not-a-number') {
      const lastLook = this.history.diagnostics.at(-1)?.step;
      if (diagnostics !== undefined && lastLook !== this.stepsDone) this.diagnose();
      await this.save();
    }
    return {
      stopped: this.stopped ?? 'finished',
      reason: this.reason(),
      stepsDone: this.stepsDone,
      history: this.history,
      graph: this.compiled?.graphs.at(-1) ?? null,
    };
  }

  /** Lets go of the graph and of the state kept for going back. */
  dispose(): void {
    this.compiled?.dispose();
    this.good?.state.dispose();
    this.good = null;
  }

  /** Fetches the batch, runs the step, reads the numbers it gives back. */
  private compute(
    step: (inputs: B & StepInputs) => StepOutputs,
    learningRate: number,
  ): { loss: number; [metric: string]: number } {
    const { epoch } = this;
    const { data } = this.options;
    const { seed, batchSize, examples } = this.identity;
    if (this.order?.epoch !== epoch) {
      this.order = { epoch, indices: shuffledIndices(examples, seed, epoch) };
    }
    const first = (this.stepsDone % this.stepsPerEpoch) * batchSize;
    const inputs = {
      ...data.batch(this.order.indices.subarray(first, first + batchSize)),
      seed: tf.tensor1d([seed, this.stepsDone], 'int32'),
      learningRate: tf.scalar(learningRate),
    } satisfies StepInputs as B & StepInputs;
    try {
      const outputs = step(inputs);
      try {
        return readOutputs(outputs);
      } finally {
        tf.dispose(outputs);
      }
    } finally {
      tf.dispose(inputs);
    }
  }

  private diagnose(): void {
    const { diagnostics, onDiagnostics } = this.options;
    if (diagnostics === undefined) return;
    const record = { step: this.stepsDone, ...diagnostics.measure() };
    this.history.diagnostics.push(record);
    onDiagnostics?.(record);
    const [previous, last] = this.history.diagnostics.slice(-2);
    const twice = previous?.warning !== undefined && last?.warning !== undefined;
    if (diagnostics.stopOnCollapse === true && twice && this.stopped === null) {
      this.stopped = 'collapsed';
      this.trouble = last.warning;
    }
  }

  private async save(): Promise<void> {
    const { checkpoint, step } = this.options;
    if (checkpoint === undefined || this.stepsSaved === this.stepsDone || !this.checkState())
      return;
    const progress = { stepsDone: this.stepsDone, history: this.history };
    await saveCheckpoint(checkpoint.file, this.identity, progress, step.variables);
    this.stepsSaved = this.stepsDone;
  }

  /** Goes back when the last update has made a weight infinite or NaN, which no loss has shown yet. */
  private checkState(): boolean {
    if (allFinite(this.options.step.variables)) return true;
    const learningRate = this.history.steps.at(-1)?.learningRate;
    this.goBack(`After step ${this.stepsDone} a weight is not a finite number`, learningRate);
    return false;
  }

  private goBack(symptom: string, learningRate: number | undefined): void {
    this.stopped = 'not-a-number';
    if (this.good !== null) {
      const { state, stepsDone } = this.good;
      state.restore();
      this.stepsDone = stepsDone;
      const inTime = ({ step }: { step: number }): boolean => step <= stepsDone;
      this.history = {
        steps: this.history.steps.filter(inTime),
        epochs: this.history.epochs.filter(inTime),
        diagnostics: this.history.diagnostics.filter(inTime),
      };
    }
    const rate = learningRate === undefined ? '' : `; the learning rate was ${learningRate}`;
    this.trouble = `${symptom}${rate}.`;
  }

  private reason(): string {
    const { checkpoint } = this.options;
    const saved = checkpoint === undefined ? '' : ` and saved in ${checkpoint.file}`;
    switch (this.stopped) {
      case 'interrupted':
        return (
          `Interrupted after ${this.stepsDone} of ${this.totalSteps} steps. The weights are kept${saved}` +
          `${checkpoint === undefined ? '' : '; call train again with resume: true to go on'}.`
        );
      case 'not-a-number':
        return (
          `${this.trouble} The weights are back at their state after step ${this.stepsDone}. If it happens in the ` +
          'first step, look at the loss; later, lower the learning rate or let it warm up.'
        );
      case 'collapsed':
        return `Stopped after ${this.stepsDone} of ${this.totalSteps} steps. ${this.trouble}`;
      default:
        return `Finished after ${this.stepsDone} steps. The weights are trained${saved}.`;
    }
  }
}

function readOutputs(outputs: tf.NamedTensorMap): { loss: number; [metric: string]: number } {
  const numbers: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.size !== 1) {
      throw new InvalidArgumentError(
        `The training step returned "${name}" of shape [${tensor.shape}]; expected a scalar. Reduce it, ` +
          'for instance with mean().',
      );
    }
    numbers[name] = tensor.dataSync()[0] as number;
  }
  const { loss } = numbers;
  if (loss === undefined) {
    throw new InvalidArgumentError(
      `The training step returned ${Object.keys(numbers).join(', ') || 'nothing'}; expected a scalar named loss.`,
    );
  }
  return { ...numbers, loss };
}

function checkOptions<B extends Batch>(options: TrainOptions<B>): void {
  const { data, batchSize, epochs, steps, seed = 0, checkpoint, diagnostics, resume } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`train: ${given}; ${expected}.`);
  };
  const checkCount = (name: string, value: number | undefined, least: number): void => {
    if (value !== undefined && !(Number.isInteger(value) && value >= least)) {
      refuse(`${name} is ${value}`, `expected a whole number, ${least} or more`);
    }
  };
  checkCount('batchSize', batchSize, 1);
  checkCount('epochs', epochs, 0);
  checkCount('steps', steps, 0);
  checkCount('seed', seed, 0);
  checkCount('checkpoint.everySteps', checkpoint?.everySteps, 1);
  checkCount('diagnostics.everySteps', diagnostics?.everySteps, 1);
  if (seed >= 2 ** 31) refuse(`seed is ${seed}`, 'expected less than 2³¹, it becomes an int32');
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
