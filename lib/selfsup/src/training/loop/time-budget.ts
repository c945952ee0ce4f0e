import { availableParallelism } from 'node:os';
import { assertAboveZero, assertCount } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
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

/** More steps than any training has time for. */
const MOST_STEPS = 10_000_000;

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
 * methods whose steps cost differently. Its clock starts at the first step, so that tracing counts, and is read at the
 * beginning of each; the step that finds the time used up is the last, at a rate of 0 with `schedule`. A budget is for one
 * training.
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

  /**
   * More than there is time for.
   *
   * @throws InvalidArgumentError when a training has begun with this budget: another would get what is left of it, or nothing.
   */
  get steps(): number {
    if (this.#start !== null) {
      throw new InvalidArgumentError(
        `TimeBudget: its ${this.#seconds} s have begun in another training; expected one for each: new TimeBudget(${this.#seconds}).`,
      );
    }
    return MOST_STEPS;
  }

  /** Ends the training when the time is used up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Linear warm-up over steps, times half a cosine from the peak to 0 over the time.
   *
   * @throws InvalidArgumentError unless `peak` is above 0 and `warmupSteps` is a whole number, 0 or more.
   */
  schedule({ peak, warmupSteps }: TimeScheduleOptions): LearningRateSchedule {
    assertAboveZero('TimeBudget.schedule', 'peak', peak);
    assertCount('TimeBudget.schedule', 'warmupSteps', warmupSteps, 0);
    return (step) => {
      const share = this.#shareUsedBefore(step);
      const warmUp = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
      return (warmUp * peak * (1 + Math.cos(Math.PI * share))) / 2;
    };
  }

  /**
   * The same rate all the time.
   *
   * @throws InvalidArgumentError unless `rate` is finite and above 0.
   */
  constant(rate: number): LearningRateSchedule {
    assertAboveZero('TimeBudget.constant', 'rate', rate);
    return (step) => {
      this.#shareUsedBefore(step);
      return rate;
    };
  }

  /** From 0 at the first step to 1, where it stops the training. */
  #shareUsedBefore(step: number): number {
    const now = this.#clock();
    this.#start ??= now;
    const passed = Math.min(now - this.#start, this.#seconds);
    const isLast = passed >= this.#seconds || step + 1 >= workLimit();
    if (isLast) this.#stop.abort();
    this.#tell(isLast ? this.#seconds : passed);
    return passed / this.#seconds;
  }
}
