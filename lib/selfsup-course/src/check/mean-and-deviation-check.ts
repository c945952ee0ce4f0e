import { SeedSummary } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, number, type Property } from './judge';
import { type Comparison, type Mistake, near, requireRight } from './require-right';

/** A learner's summary of one quantity measured with several seeds. */
export type LearnerMeanAndDeviation = (values: number[]) => unknown;

const CASES: readonly (readonly number[])[] = [
  [2, 4, 4, 4, 5, 5, 7, 9],
  [0.471, 0.482, 0.478],
  [50, 40],
];

function summaryOf(
  learner: LearnerMeanAndDeviation,
  values: readonly number[],
): { mean: number; deviation: number } {
  const occasion = `with [${values.join(', ')}]`;
  const expected = '{ mean, deviation }, both numbers';
  const result = attempt(() => learner([...values]), occasion, expected);
  const { mean, deviation } = (result ?? {}) as { mean?: unknown; deviation?: unknown };
  if (typeof mean !== 'number' || typeof deviation !== 'number') {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(result)}; expected ${expected}.`,
    );
  }
  return { mean, deviation };
}

const meanOf = (values: readonly number[]) => new SeedSummary([...values.keys()], values).mean;
const deviationOf = (values: readonly number[]) =>
  new SeedSummary([...values.keys()], values).deviation;

/** Other measures of spread, by the number of values and their sample standard deviation. */
const MISTAKES: readonly Mistake<readonly number[]>[] = [
  {
    instead: (values) => deviationOf(values) * Math.sqrt((values.length - 1) / values.length),
    says: 'That divides by n. The mean was computed from the same values and lies closer to them than the true one: divide by n − 1.',
  },
  ...[
    (values: readonly number[]) => deviationOf(values) ** 2,
    (values: readonly number[]) => (deviationOf(values) ** 2 * (values.length - 1)) / values.length,
  ].map((instead) => ({
    instead,
    says: 'That is a variance, in squared units: take the square root.',
  })),
  {
    instead: (values) => deviationOf(values) / Math.sqrt(values.length),
    says: 'That is the standard error of the mean, which says how well the mean is known; asked for is the spread of single runs.',
  },
  {
    instead: (values) => Math.max(...values) - Math.min(...values),
    says: 'That is the range, which grows with the number of seeds.',
  },
];

/** Finds values of which another number than theirs is given as the mean or the deviation. */
function requireNumber(
  learner: LearnerMeanAndDeviation,
  which: 'mean' | 'deviation',
  given: Pick<Comparison<readonly number[], number>, 'right' | 'mistakes' | 'hint'>,
): void {
  requireRight({
    cases: CASES,
    found: (values) => summaryOf(learner, values)[which],
    same: near(1e-6, 0),
    story: (values, found, right) =>
      `Of [${values.join(', ')}] it gives the ${which} ${number(found)}; expected ${number(right)}.`,
    ...given,
  });
}

/** What mean and sample standard deviation must satisfy. */
export const MEAN_AND_DEVIATION_PROPERTIES: readonly Property<LearnerMeanAndDeviation>[] = [
  {
    name: 'returns a mean and a deviation',
    examine: (learner) => {
      for (const values of CASES) summaryOf(learner, values);
    },
  },
  {
    name: 'gives the mean',
    examine: (learner) => requireNumber(learner, 'mean', { right: meanOf, mistakes: [], hint: '' }),
  },
  {
    name: 'gives the sample standard deviation',
    examine: (learner) =>
      requireNumber(learner, 'deviation', {
        right: deviationOf,
        mistakes: MISTAKES,
        hint: 'It is the root of Σ (value − mean)² / (n − 1).',
      }),
  },
  {
    name: 'claims no spread from a single value',
    examine: (learner) => {
      const { deviation } = summaryOf(learner, [0.5]);
      if (Number.isNaN(deviation)) return;
      throw new Finding(
        `Of the single value 0.5 it gives the deviation ${number(deviation)}; expected NaN. One run says nothing about ` +
          'the spread, least of all that there is none; the formula says so by itself, with 0 / 0.',
      );
    },
  },
];
