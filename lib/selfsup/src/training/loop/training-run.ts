import { existsSync } from 'node:fs';
import { type Compiled, compile } from 'tfjs-compile';
import type { Batch } from '../../data/batch-source';
import { shuffledIndices } from '../../data/batches';
import { plural } from '../../runtime/plural';
import * as tf from '../../runtime/tensorflow';
import { workLimit } from '../../runtime/work-limit';
import { loadCheckpoint, type RunIdentity, saveCheckpoint } from '../files/checkpoint';
import { asSchedule, type LearningRateSchedule } from '../optimization/learning-rate-schedule';
import { isLookDue } from './look-steps';
import { allFinite, type StateSnapshot } from './state-snapshot';
import { StepState } from './step-state';
import { assertTrainOptions, type TrainingResult, type TrainOptions } from './train-options';
import type { DiagnosticsRecord, EpochRecord, StepRecord } from './training-history';
import {
  checkBatch,
  readOutputs,
  rememberVariables,
  type StepInputs,
  type StepOutputs,
} from './training-step';

/** Where one call of `train` stands: its position, its records, and the state it can go back to. */
export class TrainingRun<B extends Batch> {
  #stopped: TrainingResult['stopped'] | null = null;
  #trouble = '';
  #stepsDone = 0;
  #stepsSaved = -1;
  /** Steps of this call whose updates were computed: all, unless `setWorkLimit` limits them. */
  #computed = 0;
  #computedByLastLook = -1;
  #duration = 0;
  #history: {
    steps: StepRecord[];
    epochs: EpochRecord[];
    diagnostics: DiagnosticsRecord[];
  } = { steps: [], epochs: [], diagnostics: [] };
  /** The state from which the last finite loss was computed, and the steps done by then. */
  #good: { state: StateSnapshot; stepsDone: number } | null = null;
  #order: { epoch: number; indices: Int32Array } | null = null;

  readonly #options: TrainOptions<B>;
  readonly #state: StepState;
  readonly #identity: RunIdentity;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  readonly #schedule: LearningRateSchedule;
  readonly #compiled: Compiled<[B & StepInputs], StepOutputs> | null;

  /** @throws InvalidArgumentError when an option is out of range. */
  constructor(options: TrainOptions<B>) {
    assertTrainOptions(options);
    this.#options = options;
    this.#state = new StepState(options.step.variables);
    const { data, batchSize, learningRate, seed = 0, precision = 'float32' } = options;
    this.#identity = { seed, batchSize, examples: data.size };
    this.#stepsPerEpoch = Math.floor(data.size / batchSize);
    this.#totalSteps = options.steps ?? (options.epochs as number) * this.#stepsPerEpoch;
    this.#schedule = asSchedule(learningRate);
    this.#compiled =
      options.compile === false
        ? null
        : compile(options.step, { name: 'training step', precision });
  }

  get #epoch(): number {
    return Math.floor(this.#stepsDone / this.#stepsPerEpoch);
  }

  get ended(): boolean {
    return this.#stopped !== null || this.#stepsDone >= this.#totalSteps;
  }

  /** Reads the checkpoint where there is one to go on from; else takes the first look at the representation. */
  async open(): Promise<void> {
    const { checkpoint, resume = false, diagnostics } = this.#options;
    if (resume && checkpoint !== undefined && existsSync(checkpoint.file)) {
      this.#find();
      const progress = await loadCheckpoint(checkpoint.file, this.#identity, this.#state.variables);
      if (progress !== null) {
        this.#stepsDone = progress.stepsDone;
        this.#stepsSaved = progress.stepsDone;
        this.#history = {
          steps: [...progress.history.steps],
          epochs: [...progress.history.epochs],
          diagnostics: [...progress.history.diagnostics],
        };
      }
    }
    // A run that was stopped before its first step has had its first look.
    if (diagnostics !== undefined && this.#history.diagnostics.length === 0) this.#diagnose();
    if (!this.ended) this.#trace();
  }

  /**
   * Lets the step be traced by calls that are undone. The traced calls run eagerly, which rounds differently: were they
   * part of the training, a resumed run, with traced calls of its own, would not repeat the losses to the last bit.
   */
  #trace(): void {
    const compiled = this.#compiled;
    if (compiled === null) return;
    this.#withInputs(0, (inputs) => checkBatch(this.#options.step, inputs));
    // The first call is traced, the second compared with it; one more where the first created variables.
    for (let call = 0; call < 3 && compiled.graphs.length === 0; call++) this.#tryOut(compiled);
  }

  /** Finds the state of a step that has not been called yet, by calls that are undone. */
  #find(): void {
    while (this.#tryOut(this.#options.step)) {
      // The first call may create variables; a second that does is refused.
    }
  }

  #tryOut(step: (inputs: B & StepInputs) => StepOutputs): boolean {
    const hasCreated = this.#withInputs(0, (inputs) => this.#state.tryOut(() => step(inputs)));
    rememberVariables(this.#options.step, this.#state.variables);
    return hasCreated;
  }

  interrupt(): void {
    this.#stopped = 'interrupted';
  }

  oneStep(): void {
    const epoch = this.#epoch;
    const learningRate = this.#schedule(this.#stepsDone, this.#totalSteps);
    const last = this.#history.steps.at(-1);
    if (last !== undefined && this.#computed >= workLimit()) {
      this.#record({ ...last, epoch, learningRate });
      return;
    }
    const start = performance.now();
    const { outputs, before } = this.#update(learningRate);
    this.#duration = (performance.now() - start) / 1000;
    this.#computed++;
    const { loss, ...metrics } = outputs;
    if (Number.isFinite(loss) || this.#good === null) {
      this.#good?.state.dispose();
      this.#good = before;
    } else {
      before.state.dispose();
    }
    if (!Number.isFinite(loss)) {
      this.#goBack(`The loss of step ${this.#stepsDone + 1} is ${loss}`, learningRate);
      return;
    }

    this.#record({ epoch, loss, learningRate, metrics });
  }

  /** Records a step that is done, tells of it, and looks at the representation when that is due. */
  #record(step: Omit<StepRecord, 'step' | 'seconds'>): void {
    const { diagnostics, onStep, onEpoch, onProgress } = this.#options;
    const { epoch, loss } = step;
    this.#stepsDone++;
    const seconds = (this.#history.steps.at(-1)?.seconds ?? 0) + this.#duration;
    const record = { ...step, step: this.#stepsDone, seconds };
    this.#history.steps.push(record);
    onStep?.(record);
    if (this.#stepsDone % this.#stepsPerEpoch === 0) {
      const ofEpoch = this.#history.steps.slice(-this.#stepsPerEpoch);
      const meanLoss = ofEpoch.reduce((sum, one) => sum + one.loss, 0) / ofEpoch.length;
      const epochRecord = { epoch, step: this.#stepsDone, meanLoss, seconds };
      this.#history.epochs.push(epochRecord);
      onEpoch?.(epochRecord);
    }
    onProgress?.({
      label: 'Training',
      done: this.#stepsDone,
      total: this.#totalSteps,
      unit: 'steps',
      message: `loss ${loss.toPrecision(4)}`,
    });
    if (diagnostics === undefined) return;
    const { everySteps } = diagnostics;
    if (isLookDue('train', 'diagnostics.everySteps', everySteps, this.#stepsDone)) {
      // Weights that are not numbers have nothing to look at; the next loss, or the end, takes them back.
      if (allFinite(this.#state.assigned)) this.#diagnose();
    }
  }

  async saveWhenDue(): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined || this.#stopped !== null) return;
    if (this.#stepsDone % (checkpoint.everySteps ?? this.#stepsPerEpoch) === 0) await this.#save();
  }

  /** The last look, the last checkpoint, and the result. */
  async close(): Promise<TrainingResult> {
    const { diagnostics } = this.#options;
    this.#checkState();
    if (this.#stopped !== 'not-a-number') {
      const lastLook = this.#history.diagnostics.at(-1)?.step;
      if (diagnostics !== undefined && lastLook !== this.#stepsDone) this.#diagnose();
      await this.#save();
    }
    return {
      stopped: this.#stopped ?? 'finished',
      reason: this.#reason(),
      stepsDone: this.#stepsDone,
      history: this.#history,
      graph: this.#compiled?.graphs.at(-1) ?? null,
    };
  }

  /** Lets go of the graph and of the state kept for going back. */
  dispose(): void {
    this.#compiled?.dispose();
    this.#good?.state.dispose();
    this.#good = null;
  }

  /** One call of the step: the numbers it gives back, and the state before it. */
  #update(learningRate: number): {
    readonly outputs: ReturnType<typeof readOutputs>;
    readonly before: { readonly state: StateSnapshot; readonly stepsDone: number };
  } {
    const { step } = this.#options;
    const run = this.#compiled ?? step;
    const stepsDone = this.#stepsDone;
    return this.#withInputs(learningRate, (inputs) => {
      const { result, before } = this.#state.watch(() => run(inputs));
      rememberVariables(step, this.#state.variables);
      try {
        return { outputs: readOutputs(result), before: { state: before, stepsDone } };
      } catch (error) {
        // A step that fails must not leave its update.
        before.restore();
        before.dispose();
        throw error;
      } finally {
        tf.dispose(result);
      }
    });
  }

  /** Fetches the batch at the present position, and disposes it. */
  #withInputs<Result>(learningRate: number, use: (inputs: B & StepInputs) => Result): Result {
    const epoch = this.#epoch;
    const { data } = this.#options;
    const { seed, batchSize, examples } = this.#identity;
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, indices: shuffledIndices(examples, seed, epoch) };
    }
    const first = (this.#stepsDone % this.#stepsPerEpoch) * batchSize;
    const inputs = {
      ...data.batch(this.#order.indices.subarray(first, first + batchSize)),
      seed: tf.tensor1d([seed, this.#stepsDone], 'int32'),
      learningRate: tf.scalar(learningRate),
    } satisfies StepInputs as B & StepInputs;
    try {
      return use(inputs);
    } finally {
      tf.dispose(inputs);
    }
  }

  #diagnose(): void {
    const { diagnostics, onDiagnostics } = this.#options;
    if (diagnostics === undefined) return;
    const known = this.#history.diagnostics.at(-1);
    const isKnown = known !== undefined && this.#computedByLastLook === this.#computed;
    const record = { ...(isKnown ? known : diagnostics.measure()), step: this.#stepsDone };
    this.#computedByLastLook = this.#computed;
    this.#history.diagnostics.push(record);
    onDiagnostics?.(record);
    const [previous, last] = this.#history.diagnostics.slice(-2);
    const twice = previous?.warning !== undefined && last?.warning !== undefined;
    if (diagnostics.stopOnCollapse === true && twice && this.#stopped === null) {
      this.#stopped = 'collapsed';
      this.#trouble = last.warning;
    }
  }

  async #save(): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined || this.#stepsSaved === this.#stepsDone || !this.#checkState())
      return;
    // A run of no steps has called nothing yet.
    if (!this.#state.isKnown) this.#find();
    const progress = { stepsDone: this.#stepsDone, history: this.#history };
    await saveCheckpoint(checkpoint.file, this.#identity, progress, this.#state.variables);
    this.#stepsSaved = this.#stepsDone;
  }

  /** Goes back when the last update has made a weight infinite or NaN, which no loss has shown yet. */
  #checkState(): boolean {
    if (allFinite(this.#state.assigned)) return true;
    const learningRate = this.#history.steps.at(-1)?.learningRate;
    this.#goBack(`After step ${this.#stepsDone} a weight is not a finite number`, learningRate);
    return false;
  }

  #goBack(symptom: string, learningRate: number | undefined): void {
    this.#stopped = 'not-a-number';
    if (this.#good !== null) {
      const { state, stepsDone } = this.#good;
      state.restore();
      this.#stepsDone = stepsDone;
      const inTime = ({ step }: { step: number }): boolean => step <= stepsDone;
      this.#history = {
        steps: this.#history.steps.filter(inTime),
        epochs: this.#history.epochs.filter(inTime),
        diagnostics: this.#history.diagnostics.filter(inTime),
      };
    }
    const rate = learningRate === undefined ? '' : `; the learning rate was ${learningRate}`;
    this.#trouble = `${symptom}${rate}.`;
  }

  /** A part of a sentence, where the work is limited. */
  #skipped(): string {
    const isLimited = this.#stepsDone > this.#computed && this.#computed >= workLimit();
    return isLimited ? ` with ${this.#computed} of them, all that setWorkLimit allows,` : '';
  }

  #reason(): string {
    const { checkpoint } = this.#options;
    const saved = checkpoint === undefined ? '' : ` and saved in ${checkpoint.file}`;
    const steps = (number: number) => `${number} ${plural(number, 'step')}`;
    const broken = `after ${this.#stepsDone} of ${steps(this.#totalSteps)}`;
    switch (this.#stopped) {
      case 'interrupted':
        return (
          `Interrupted ${broken}. The weights are kept${saved}` +
          `${checkpoint === undefined ? '' : '; call train again with resume: true to go on'}.`
        );
      case 'not-a-number':
        return (
          `${this.#trouble} The weights are back at their state after step ${this.#stepsDone}. If it happens in the ` +
          'first step, look at the loss; later, lower the learning rate or let it warm up.'
        );
      case 'collapsed':
        return `Stopped ${broken}. ${this.#trouble}`;
      default:
        return `Finished after ${steps(this.#stepsDone)}. The weights are trained${this.#skipped()}${saved}.`;
    }
  }
}
