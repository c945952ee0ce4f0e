import { InvalidArgumentError } from '../../runtime/errors';

/**
 * The momentum of a step, a pure function.
 *
 * @param step Steps done before this one: 0, 1, … totalSteps − 1.
 * @param totalSteps Length of the whole run.
 */
export type MomentumSchedule = (step: number, totalSteps: number) => number;

/** Options of {@link momentumSchedule}. */
export interface MomentumScheduleOptions {
  /** m₀, the momentum of the first step. Default 0.99, for runs of a thousand steps; long ones begin at 0.996 or 0.999. */
  readonly start?: number;
}

/**
 * Half a cosine from m₀ to 1 over the S steps of a run: `1 − (1 − m₀) · (1 + cos(π·s / S)) / 2`. At first the key network
 * follows quickly, since what there is to follow improves quickly; at the end it stands still.
 *
 * @throws InvalidArgumentError when `start` is not in [0, 1].
 * @see Grill et al., "Bootstrap Your Own Latent", 2020, arXiv:2006.07733, section 3.2, for the formula; MoCo v3 (Chen,
 *   Xie, He, 2021, arXiv:2104.02057) has it too, the first MoCo a constant 0.999.
 */
export function momentumSchedule({ start = 0.99 }: MomentumScheduleOptions = {}): MomentumSchedule {
  if (!(start >= 0 && start <= 1)) {
    throw new InvalidArgumentError(
      `momentumSchedule: start is ${start}; expected 0 to 1, usually 0.99 or more.`,
    );
  }
  return (step, totalSteps) =>
    1 - ((1 - start) * (1 + Math.cos(Math.PI * Math.min(1, step / totalSteps)))) / 2;
}
