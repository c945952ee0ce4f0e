import { availableParallelism } from 'node:os';
import type { LearningRateSchedule } from 'selfsup';

/**
 * The processor time of this process so far, in seconds of all cores: a second passes while every core works for it. What
 * else the machine does makes it pass no sooner, so that minutes can be compared on a machine that is shared.
 */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 / availableParallelism();
}

/** How {@link TimeBudget.schedule} goes. */
export interface TimeScheduleOptions {
  /** The highest learning rate. */
  readonly peak: number;
  /** Steps of linear growth at the beginning. */
  readonly warmupSteps: number;
}

/**
 * A training that takes so many seconds, of wall-clock or of another clock, however many steps that makes. Its clock starts
 * at the first step, so that tracing counts; the step under way at the end is finished.
 *
 * Pass `steps`, `signal`, and `schedule` or `constant` to `train`.
 */
export class TimeBudget {
  /** More than there is time for. */
  readonly steps = 10_000_000;
  readonly #stop = new AbortController();
  readonly #seconds: number;
  readonly #now: () => number;
  #start: number | null = null;

  /** @param now The clock in seconds, such as {@link processorSeconds}. Default: wall-clock. */
  constructor(seconds: number, now: () => number = () => performance.now() / 1000) {
    this.#seconds = seconds;
    this.#now = now;
  }

  /** Ends the training when the time is used up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Linear warm-up over steps, times half a cosine from the peak to 0 over the time. */
  schedule({ peak, warmupSteps }: TimeScheduleOptions): LearningRateSchedule {
    return (step) => {
      const share = this.#shareUsed();
      const warmUp = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
      return (warmUp * peak * (1 + Math.cos(Math.PI * share))) / 2;
    };
  }

  /** The same rate all the time. */
  constant(rate: number): LearningRateSchedule {
    return () => {
      this.#shareUsed();
      return rate;
    };
  }

  /** From 0 at the first step to 1, where it stops the training. */
  #shareUsed(): number {
    const now = this.#now();
    this.#start ??= now;
    const share = Math.min(1, (now - this.#start) / this.#seconds);
    if (share === 1) this.#stop.abort();
    return share;
  }
}
