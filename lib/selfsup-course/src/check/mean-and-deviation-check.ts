import { SeedSummary } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, number, type Property } from './judge';

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
  const result = attempt(() => learner([...values]), occasion);
  const { mean, deviation } = (result ?? {}) as { mean?: unknown; deviation?: unknown };
  if (typeof mean !== 'number' || typeof deviation !== 'number') {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(result)}; expected { mean, deviation }, both numbers.`,
    );
  }
  return { mean, deviation };
}

function expectedOf(values: readonly number[]): SeedSummary {
  return new SeedSummary([...values.keys()], values);
}

const close = (found: number, expected: number): boolean =>
  Math.abs(found - expected) <= 1e-6 * Math.max(1e-9, Math.abs(expected));

/** Says which other measure of spread was computed, where it is one of the usual ones. */
function mistaken(values: readonly number[], found: number, deviation: number): string {
  const n = values.length;
  if (close(found, deviation * Math.sqrt((n - 1) / n))) {
    return `That divides by n = ${n}. The mean was computed from the same values and lies closer to them than the true one: divide by n − 1.`;
  }
  if (close(found, deviation ** 2) || close(found, (deviation ** 2 * (n - 1)) / n)) {
    return 'That is a variance, in squared units: take the square root.';
  }
  if (close(found, deviation / Math.sqrt(n))) {
    return 'That is the standard error of the mean, which says how well the mean is known; asked for is the spread of single runs.';
  }
  if (close(found, Math.max(...values) - Math.min(...values))) {
    return 'That is the range, which grows with the number of seeds.';
  }
  return 'It is the root of Σ (value − mean)² / (n − 1).';
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
    examine: (learner) => {
      for (const values of CASES) {
        const [found, expected] = [summaryOf(learner, values).mean, expectedOf(values).mean];
        if (close(found, expected)) continue;
        throw new Finding(
          `Of [${values.join(', ')}] it gives the mean ${number(found)}; expected ${number(expected)}.`,
        );
      }
    },
  },
  {
    name: 'gives the sample standard deviation',
    examine: (learner) => {
      for (const values of CASES) {
        const found = summaryOf(learner, values).deviation;
        const expected = expectedOf(values).deviation;
        if (close(found, expected)) continue;
        throw new Finding(
          `Of [${values.join(', ')}] it gives the deviation ${number(found)}; expected ${number(expected)}. ` +
            mistaken(values, found, expected),
        );
      }
    },
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
