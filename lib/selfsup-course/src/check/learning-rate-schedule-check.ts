import { cosineSchedule } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, number, type Property } from './judge';

/** A learner's schedule; see `LearningRateSchedule`. */
export type LearnerSchedule = (step: number, totalSteps: number) => unknown;

/** The schedule the learner was asked for: linear warm-up, then half a cosine. */
export interface ScheduleCheckOptions {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly floor?: number;
}

/** What a schedule with warm-up and cosine must satisfy. */
export function scheduleProperties(
  options: ScheduleCheckOptions,
): readonly Property<LearnerSchedule>[] {
  const { peak, warmupSteps, totalSteps, floor = 0 } = options;
  const reference = cosineSchedule({ peak, warmupSteps, floor });
  const at = (learner: LearnerSchedule, step: number): number => {
    const occasion = `with step ${step} of ${totalSteps}`;
    const rate = attempt(() => learner(step, totalSteps), occasion, 'a number');
    if (typeof rate !== 'number') {
      throw new Finding(
        `When called ${occasion}, it returned ${describe(rate)}; expected a number.`,
      );
    }
    if (!Number.isFinite(rate) || rate < 0) {
      throw new Finding(
        `When called ${occasion}, it returned ${rate}; expected a finite number, 0 or more.`,
      );
    }
    return rate;
  };
  const steps = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const compare = (learner: LearnerSchedule, examined: readonly number[], part: string) => {
    for (const step of examined) {
      const found = at(learner, step);
      const expected = reference(step, totalSteps);
      if (Math.abs(found - expected) > 1e-6 * peak) {
        throw new Finding(
          `At step ${step} of ${totalSteps} (${part}) it gives ${number(found)}; expected ${number(expected)}.`,
        );
      }
    }
  };
  return [
    {
      name: 'returns a number for every step',
      examine: (learner) => {
        for (const step of steps(0, totalSteps)) at(learner, step);
      },
    },
    {
      name: 'learns from the first step on',
      examine: (learner) => {
        if (at(learner, 0) === 0) {
          throw new Finding(
            'At step 0 it gives 0: the first batch would change nothing. Grow with (step + 1) / warmupSteps.',
          );
        }
      },
    },
    {
      name: 'never exceeds the peak',
      examine: (learner) => {
        for (const step of steps(0, totalSteps)) {
          const rate = at(learner, step);
          if (rate > peak * (1 + 1e-9)) {
            throw new Finding(
              `At step ${step} it gives ${number(rate)}, above the peak ${number(peak)}.`,
            );
          }
        }
      },
    },
    {
      name: 'grows linearly to the peak',
      examine: (learner) => compare(learner, steps(0, warmupSteps), 'warm-up'),
    },
    {
      name: `falls as half a cosine to ${number(floor)}`,
      examine: (learner) => compare(learner, steps(warmupSteps, totalSteps), 'cosine'),
    },
  ];
}
