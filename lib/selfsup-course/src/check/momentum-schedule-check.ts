import { momentumSchedule } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, number, type Property } from './judge';

/** A learner's momentum schedule, from `start` to 1. */
export type LearnerMomentumSchedule = (step: number, totalSteps: number, start: number) => unknown;

const CASES = [
  { totalSteps: 100, start: 0.99 },
  { totalSteps: 40, start: 0.5 },
] as const;

function at(
  learner: LearnerMomentumSchedule,
  step: number,
  { totalSteps, start }: { totalSteps: number; start: number },
): number {
  const occasion = `with step ${step} of ${totalSteps} and a start of ${start}`;
  const momentum = attempt(() => learner(step, totalSteps, start), occasion, 'a number');
  if (typeof momentum !== 'number') {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(momentum)}; expected a number.`,
    );
  }
  if (!(momentum >= 0 && momentum <= 1 + 1e-9)) {
    throw new Finding(
      `When called ${occasion}, it returned ${number(momentum)}; expected a momentum from 0 to 1.`,
    );
  }
  return momentum;
}

/** What a momentum schedule must satisfy. */
export const MOMENTUM_SCHEDULE_PROPERTIES: readonly Property<LearnerMomentumSchedule>[] = [
  {
    name: 'returns a momentum from 0 to 1 at every step',
    examine: (learner) => {
      for (const one of CASES) {
        for (let step = 0; step < one.totalSteps; step++) at(learner, step, one);
      }
    },
  },
  {
    name: 'begins at its start',
    examine: (learner) => {
      for (const one of CASES) {
        const found = at(learner, 0, one);
        if (Math.abs(found - one.start) < 1e-6) continue;
        throw new Finding(
          `At step 0 of ${one.totalSteps} it gives ${number(found)}; expected the start, ${one.start}. ` +
            (Math.abs(found - 1) < 1e-6
              ? 'It begins with 1, at which the key network never moves: the cosine is upside down.'
              : 'There (1 + cos 0) / 2 is 1.'),
        );
      }
    },
  },
  {
    name: 'never falls, and comes to 1',
    examine: (learner) => {
      for (const one of CASES) {
        for (let step = 1; step <= one.totalSteps; step++) {
          const [before, found] = [at(learner, step - 1, one), at(learner, step, one)];
          if (found >= before - 1e-9) continue;
          throw new Finding(
            `From step ${step - 1} to ${step} it falls from ${number(before)} to ${number(found)}. That is the course of a ` +
              'learning rate; the momentum rises, so that the key network comes to rest.',
          );
        }
        const end = at(learner, one.totalSteps, one);
        if (Math.abs(end - 1) > 1e-6) {
          throw new Finding(
            `After all ${one.totalSteps} steps it is ${number(end)}; expected 1. There (1 + cos π) / 2 is 0.`,
          );
        }
      }
    },
  },
  {
    name: 'follows half a cosine',
    examine: (learner) => {
      for (const one of CASES) {
        const { totalSteps, start } = one;
        for (let step = 0; step < totalSteps; step++) {
          const found = at(learner, step, one);
          const expected = momentumSchedule({ start })(step, totalSteps);
          if (Math.abs(found - expected) < 1e-6) continue;
          const linear = start + ((1 - start) * step) / totalSteps;
          throw new Finding(
            `At step ${step} of ${totalSteps}, starting from ${start}, it gives ${number(found)}; expected ` +
              `${number(expected)}. ` +
              (Math.abs(found - linear) < 1e-6
                ? 'That is a straight line.'
                : 'The cosine runs from 0 to π over the whole run: cos(π · step / totalSteps).'),
          );
        }
      }
    },
  },
];
