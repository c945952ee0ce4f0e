import { availableParallelism } from 'node:os';
import { assertAboveZero } from '../../runtime/checks';
import type { OnProgress } from '../../runtime/progress';
import { workLimit } from '../../runtime/work-limit';
import type { LearningRateSchedule } from '../optimization/learning-rate-schedule';

/**
 * The processor time of this process so far, in seconds of all cores: a second passes while every core works for it. What
 * else the machine does makes it pass no sooner, so that minutes can be compared on a machine that is shared.
 */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 / availableParallelism();
}

/** Options of {@link TimeBudget}. */
export interface TimeBudgetOptions {
  /** Gives the time in seconds, from any start. Default: wall-clock; see also {@link processorSeconds}. */
  readonly clock?: () => number;
  /** Told the seconds that have passed, before every step. */
  readonly onProgress?: OnProgress;
  /** What the progress is called. Default `Training`. */
  readonly label?: string;
}

/** How {@link TimeBudget.schedule} goes. */
export interface TimeScheduleOptions {
  /** The highest learning rate. */
  readonly peak: number;
  /** Steps of linear growth at the beginning. */
  readonly warmupSteps: number;
}

/**
 * A training that takes so many seconds, of wall-clock or of another clock, however many steps that makes: a fair budget for
 * methods whose steps cost differently. Its clock starts at the first step, so that tracing counts; the step under way at
 * the end is finished. A budget is for one training.
 *
 * Pass `steps`, `signal`, and `schedule` or `constant` to `train`. With {@link setWorkLimit} the time is over after as many steps.
 *
 * @example
 * const budget = new TimeBudget(60, { onProgress: progressBar() });
 * await train({
 *   step, data, batchSize: 256, steps: budget.steps, signal: budget.signal,
 *   learningRate: budget.schedule({ peak: 5e-3, warmupSteps: 20 }),
 * });
 */
export class TimeBudget {
  /** More than there is time for. */
  readonly steps = 10_000_000;
  readonly #stop = new AbortController();
  readonly #seconds: number;
  readonly #clock: () => number;
  readonly #tell: (seconds: number) => void;
  #start: number | null = null;

  /** @throws InvalidArgumentError unless `seconds` is finite and above 0. */
  constructor(seconds: number, options: TimeBudgetOptions = {}) {
    assertAboveZero('TimeBudget', 'seconds', seconds);
    const { clock = () => performance.now() / 1000, onProgress, label = 'Training' } = options;
    this.#seconds = seconds;
    this.#clock = clock;
    this.#tell = (passed) => {
      const whole = { done: Math.round(passed), total: Math.round(seconds) };
      onProgress?.({ label, ...whole, unit: 's' });
    };
  }

  /** Ends the training when the time is used up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Linear warm-up over steps, times half a cosine from the peak to 0 over the time. */
  schedule({ peak, warmupSteps }: TimeScheduleOptions): LearningRateSchedule {
    return (step) => {
      const share = this.#shareUsedBefore(step);
      const warmUp = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
      return (warmUp * peak * (1 + Math.cos(Math.PI * share))) / 2;
    };
  }

  /** The same rate all the time. */
  constant(rate: number): LearningRateSchedule {
    return (step) => {
      this.#shareUsedBefore(step);
      return rate;
    };
  }

  /** From 0 at the first step to 1, where it stops the training. */
  #shareUsedBefore(step: number): number {
    const now = this.#clock();
    this.#start ??= now;
    const isOver = now - this.#start >= this.#seconds || step >= workLimit();
    const passed = isOver ? this.#seconds : now - this.#start;
    if (isOver) this.#stop.abort();
    this.#tell(passed);
    return passed / this.#seconds;
  }
}
