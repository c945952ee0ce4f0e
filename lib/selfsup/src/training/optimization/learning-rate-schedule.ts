import { InvalidArgumentError } from '../../runtime/errors';

/**
 * The learning rate of a step, a pure function.
 *
 * @param step Steps done before this one: 0, 1, … totalSteps − 1.
 * @param totalSteps Length of the whole run.
 */
export type LearningRateSchedule = (step: number, totalSteps: number) => number;

/** The same learning rate at every step. */
export function constantSchedule(learningRate: number): LearningRateSchedule {
  assertRate('constantSchedule', 'learningRate', learningRate);
  return () => learningRate;
}

/** A learning rate as it is given, as a schedule. */
export function asSchedule(learningRate: number | LearningRateSchedule): LearningRateSchedule {
  return typeof learningRate === 'number' ? constantSchedule(learningRate) : learningRate;
}

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** The highest learning rate, reached at the end of the warm-up. */
  readonly peak: number;
  /** The learning rate the cosine falls towards. */
  readonly floor?: number;
  /** Steps of linear growth at the beginning; they keep the first, badly scaled gradients from doing harm. */
  readonly warmupSteps?: number;
}

/**
 * Linear warm-up over w steps, then half a cosine from the peak p towards the floor f at the end of the T steps:
 *
 * ```text
 * p·(s + 1) / w                                      for s < w
 * f + (p − f)·(1 + cos(π·(s − w) / (T − w))) / 2     for s ≥ w
 * ```
 *
 * @throws InvalidArgumentError when an option is out of range.
 * @see Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, arXiv 1608.03983.
 */
export function cosineSchedule(options: CosineScheduleOptions): LearningRateSchedule {
  const { peak, floor = 0, warmupSteps = 0 } = options;
  assertRate('cosineSchedule', 'peak', peak);
  assertRate('cosineSchedule', 'floor', floor);
  if (!Number.isInteger(warmupSteps) || warmupSteps < 0) {
    throw new InvalidArgumentError(
      `cosineSchedule: warmupSteps is ${warmupSteps}; expected a whole number, 0 or more.`,
    );
  }
  return (step, totalSteps) => {
    if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
    // After the last step, and where the warm-up takes the whole run, the cosine has come to its end.
    const share = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
    return floor + ((peak - floor) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}

function assertRate(schedule: string, name: string, rate: number): void {
  if (!(Number.isFinite(rate) && rate >= 0)) {
    throw new InvalidArgumentError(
      `${schedule}: ${name} is ${rate}; expected a number, 0 or more.`,
    );
  }
}
