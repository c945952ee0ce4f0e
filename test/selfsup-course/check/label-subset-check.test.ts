import { labelSubsetIndices, RandomGenerator } from 'selfsup';
import { check, type LearnerLabelSubset, notAttempted, type Verdict } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

const verdictOf = (learner: LearnerLabelSubset): Verdict =>
  verdictOfCheck(() => check.labelSubset(learner));

/** The positions of each class, in ascending order of the class. */
function byClass(labels: Uint8Array): number[][] {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  return classes.map((label) => [...labels.keys()].filter((p) => labels[p] === label));
}

const amount = (fraction: number, of: readonly unknown[]) =>
  Math.max(1, Math.round(fraction * of.length));

describe('check.labelSubset', () => {
  it.each<[string, LearnerLabelSubset]>([
    [
      'shuffles each class and takes the first',
      (labels, fraction, random) =>
        byClass(labels).flatMap((positions) =>
          random.shuffle(positions).slice(0, amount(fraction, positions)),
        ),
    ],
    [
      'rounds up',
      (labels, fraction, random) =>
        Int32Array.from(
          byClass(labels).flatMap((positions) =>
            random.shuffle(positions).slice(0, Math.ceil(fraction * positions.length)),
          ),
        ),
    ],
    [
      'is the library’s',
      (labels, fraction, random) =>
        labelSubsetIndices(labels, { fraction, seed: random.nextInteger(1000) }),
    ],
  ])('passes one that %s', (_, learner) => {
    const { status, fails, message } = verdictOf(learner);
    expect({ status, fails, message }).toMatchObject({ status: 'passed', fails: null });
  });

  it.each<[string, LearnerLabelSubset, string, RegExp]>([
    [
      'takes the first share of all, as the tutorial does',
      (labels, fraction) => Array.from({ length: fraction * labels.length }, (_, i) => i),
      'chooses the same share of every class',
      /class 0 .* expected 16/,
    ],
    [
      'takes the first of each class',
      (labels, fraction) =>
        byClass(labels).flatMap((positions) => positions.slice(0, amount(fraction, positions))),
      'gives every image its chance',
      /never chose 160 of 200 images/,
    ],
    [
      'shuffles all images together',
      (labels, fraction, random) =>
        random.shuffle([...labels.keys()]).slice(0, Math.round(fraction * labels.length)),
      'chooses the same share of every class',
      /Choose within each class by itself/,
    ],
    [
      'draws with replacement',
      (labels, fraction, random) =>
        byClass(labels).flatMap((positions) =>
          Array.from(
            { length: amount(fraction, positions) },
            () => positions[random.nextInteger(positions.length)],
          ),
        ),
      'returns positions in the labels, each at most once',
      /more than once/,
    ],
    [
      'rounds a rare class away',
      (labels, fraction, random) =>
        byClass(labels).flatMap((positions) =>
          random.shuffle(positions).slice(0, Math.round(fraction * positions.length)),
        ),
      'leaves no class without a label',
      /0 of the 4 images of class 2 .* at least one image/,
    ],
    [
      'uses other random numbers than the given ones',
      (labels, fraction) => {
        const random = new RandomGenerator(
          performance.now() * 1e6,
          Number(process.hrtime.bigint() % 1000000007n),
        );
        return byClass(labels).flatMap((positions) =>
          random.shuffle(positions).slice(0, amount(fraction, positions)),
        );
      },
      'gives the same choice for equal random generators',
      /nobody can repeat/,
    ],
    [
      'draws another choice for another share',
      (labels, fraction, random) => {
        const own = new RandomGenerator(random.nextInteger(1000), Math.round(1000 * fraction));
        return byClass(labels).flatMap((positions) =>
          own.shuffle(positions).slice(0, amount(fraction, positions)),
        );
      },
      'nests a smaller share in a larger one',
      /are not among those of fraction 0.5/,
    ],
    [
      'returns labels instead of positions',
      (labels) => ({ labels }),
      'returns positions in the labels, each at most once',
      /returned an object; expected positions/,
    ],
    [
      'counts positions from 1',
      (labels) => [...labels.keys()].map((position) => position + 1),
      'returns positions in the labels, each at most once',
      /the number 200; expected whole numbers from 0 to 199/,
    ],
  ])('rejects one that %s', (_, learner, fails, message) => {
    const verdict = verdictOf(learner);
    expect(verdict).toMatchObject({ status: 'failed', fails });
    expect(verdict.message).toMatch(message);
  });

  it('says that it waits for an attempt', () => {
    expect(verdictOf(() => notAttempted()).status).toBe('not attempted');
  });
});
