import { RandomGenerator } from 'selfsup';
import { formatQuantity } from '../display/pace';
import { attempt } from './attempt';
import { describe, Finding, type Property } from './judge';
import { requireRight } from './require-right';

/**
 * A learner's choice of what to label next: `scores[i][c]` of picture `i` and class `c` → positions of the `count` pictures whose
 * best class is the least ahead of the second best, the least certain first.
 */
export type LearnerMarginSampling = (scores: number[][], count: number) => unknown;

interface Case {
  readonly name: string;
  readonly scores: readonly (readonly number[])[];
}

const sorted = (row: readonly number[]) => [...row].sort((a, b) => b - a);
const best = (row: readonly number[]) => sorted(row)[0] as number;
const second = (row: readonly number[]) => sorted(row)[1] as number;
const margin = (row: readonly number[]) => best(row) - second(row);

function drawn(name: string, pictures: number, classes: number): Case {
  const random = new RandomGenerator(pictures, classes);
  const scores = Array.from({ length: pictures }, () =>
    Array.from({ length: classes }, () => (random.nextUint32() / 2 ** 32) * 2 - 1),
  );
  return { name, scores };
}

const TWO = drawn('12 pictures and two classes', 12, 2);
const MANY = drawn('40 pictures and 6 classes', 40, 6);
const TIED: Case = {
  name: 'five pictures, of which two have equal margins',
  scores: [
    [0.75, 0, 0.5],
    [0.5, 0, 0.375],
    [0, 0.25, 0.5],
    [1, 0.5, 0],
    [0.875, 0.75, 0],
  ],
};

/** The positions, by a number of each row, the smallest first. */
function ordered(scores: Case['scores'], by: (row: readonly number[]) => number): number[] {
  return [...scores.keys()].sort(
    (a, b) => by(scores[a] as number[]) - by(scores[b] as number[]) || a - b,
  );
}

/** What a common mistake would choose. */
const MISTAKES: readonly {
  readonly by: (row: readonly number[]) => number;
  readonly says: string;
}[] = [
  {
    by: (row) => -margin(row),
    says: 'Those are the most certain: sort the margins in ascending order.',
  },
  {
    by: best,
    says: 'That looks at the best class alone. A picture with scores 0.5 and 0.45 is less certain than one with 0.4 and 0.2: subtract the second best.',
  },
  {
    by: (row) => best(row) - (sorted(row).at(-1) as number),
    says: 'That is the best less the worst class; the second best is the rival.',
  },
  {
    by: (row) => (row[0] as number) - (row[1] as number),
    says: 'That takes the first two classes for the two best; sort a copy of the row first.',
  },
  {
    by: (row) => Math.abs((row[0] as number) - (row[1] as number)),
    says: 'That takes the first two classes for the two best; sort a copy of the row first.',
  },
  {
    by: (row) => second(row) - best(row),
    says: 'Those are the most certain: subtract the second best from the best, not the other way round.',
  },
  {
    by: (row) => {
      const ascending = [...row].sort((a, b) => a - b);
      return (ascending[1] as number) - (ascending[0] as number);
    },
    says: 'That compares the two worst classes; sort in descending order.',
  },
];

function positionsOf(learner: LearnerMarginSampling, one: Case, count: number): number[] {
  const occasion = `with ${one.name}, count ${count}`;
  const given = one.scores.map((row) => [...row]);
  const found = attempt(() => learner(given, count), occasion, 'an array of positions');
  if (!Array.isArray(found) && !(found instanceof Int32Array)) {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(found)}; expected an array of positions.`,
    );
  }
  const positions = Array.from(found as ArrayLike<unknown>);
  const wrong = positions.find((i) => !Number.isInteger(i) || !((i as number) in one.scores));
  if (wrong !== undefined) {
    throw new Finding(
      `When called ${occasion}, one of the positions is ${describe(wrong)}; expected whole numbers from 0 to ` +
        `${one.scores.length - 1}. Return where the pictures are, not their margins.`,
    );
  }
  if (positions.length !== count || new Set(positions).size !== count) {
    throw new Finding(
      `When called ${occasion}, it returned ${formatQuantity(positions.length, 'positions')}, ${new Set(positions).size} of them different; ` +
        `expected ${count}.`,
    );
  }
  const changed = given.some((row, i) => row.some((value, c) => value !== one.scores[i]?.[c]));
  if (changed) {
    throw new Finding(
      `When called ${occasion}, it changed the scores it was given: sort() sorts in place. Sort a copy, [...row].`,
    );
  }
  return positions as number[];
}

const written = (positions: readonly number[]) =>
  `[${positions.slice(0, 5).join(', ')}${positions.length > 5 ? ', …' : ''}]`;

function compare(learner: LearnerMarginSampling, one: Case, count: number): void {
  const first = (by: (row: readonly number[]) => number) => ordered(one.scores, by).slice(0, count);
  const asSet = (positions: readonly number[]) => String([...positions].sort());
  requireRight({
    cases: [one],
    found: () => positionsOf(learner, one, count),
    right: () => first(margin),
    same: (found, right) => String(found) === String(right),
    mistakes: MISTAKES.map(({ by, says }) => ({ instead: () => first(by), says })),
    story: ({ name }, found, right) =>
      `When called with ${name}, it chose ${written(found)}; expected ${written(right)}.`,
    hint: (_, found) =>
      asSet(found) === asSet(first(margin))
        ? 'Those are the right pictures in another order: the least certain first, and of equal margins the first position first.'
        : 'Write the margin of each picture below each other and look for the smallest.',
  });
}

/** What the choice of pictures to label must satisfy. */
export const MARGIN_SAMPLING_PROPERTIES: readonly Property<LearnerMarginSampling>[] = [
  {
    name: 'returns as many positions as were asked for, each once, and leaves the scores as they are',
    examine: (learner) => {
      positionsOf(learner, MANY, 8);
    },
  },
  {
    name: 'chooses the smallest margins of two classes, the smallest first',
    examine: (learner) => compare(learner, TWO, 4),
  },
  {
    name: 'compares the two best of many classes, wherever they stand',
    examine: (learner) => compare(learner, MANY, 10),
  },
  {
    name: 'keeps the order of equal margins',
    examine: (learner) => compare(learner, TIED, 4),
  },
];
