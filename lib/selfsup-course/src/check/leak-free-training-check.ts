import { RandomGenerator } from 'selfsup';
import { attempt } from './attempt';
import { describe, Finding, type Property } from './judge';
import { type Mistake, requireRight } from './require-right';

/**
 * A learner's removal of leaks: of `count` pictures those of `test` are tested with, all others could be trained on, and
 * `groups` holds the positions of pictures that are nearly the same. Returned are the positions to train on.
 */
export type LearnerLeakFreeTraining = (
  count: number,
  test: readonly number[],
  groups: readonly (readonly number[])[],
) => unknown;

interface Case {
  readonly name: string;
  readonly count: number;
  readonly test: readonly number[];
  readonly groups: readonly (readonly number[])[];
}

const ALONE: Case = { name: 'no near duplicates', count: 6, test: [1, 4], groups: [] };
const ACROSS: Case = {
  name: 'a group of a training and a test picture',
  count: 6,
  test: [1, 4],
  groups: [[1, 3]],
};
const WITHIN: Case = {
  name: 'a group of three training pictures',
  count: 7,
  test: [1, 4],
  groups: [[0, 3, 5]],
};
const TESTED: Case = {
  name: 'a group of two test pictures',
  count: 6,
  test: [1, 4],
  groups: [[1, 4]],
};
const LAST: Case = {
  name: 'a group whose test picture comes last',
  count: 8,
  test: [2, 7],
  groups: [
    [0, 3, 7],
    [2, 5],
  ],
};

/** Many pictures, a fifth of them tested with, in groups of two to four and alone. */
function large(): Case {
  const random = new RandomGenerator(11, 0);
  const order = random.shuffle(range(60));
  const test = order.filter((_, i) => i % 5 === 0).sort((a, b) => a - b);
  const mixed = random.shuffle([...order]);
  const groups: number[][] = [];
  for (let start = 0, size = 2; start + size <= 40; start += size, size = 2 + (groups.length % 3)) {
    groups.push(mixed.slice(start, start + size).sort((a, b) => a - b));
  }
  return { name: '60 pictures in many groups', count: 60, test, groups };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Every picture of a group in which one is tested with. */
const leaks = ({ test, groups }: Case) =>
  new Set(groups.filter((one) => one.some((i) => test.includes(i))).flat());

function expected(given: Case): number[] {
  const leaking = leaks(given);
  return range(given.count).filter((i) => !given.test.includes(i) && !leaking.has(i));
}

/** What a common mistake would return. */
const MISTAKES: readonly Mistake<Case, number[]>[] = [
  {
    instead: ({ count, test }) => range(count).filter((i) => !test.includes(i)),
    says: 'That leaves all near duplicates in: a test picture has its twin among the training pictures.',
  },
  {
    instead: ({ count, test, groups }) =>
      range(count).filter((i) => !test.includes(i) && !groups.some((one) => one.includes(i))),
    says: 'That leaves out every picture with a near duplicate. Within the training pictures they do no harm here: a group goes only when a test picture is in it.',
  },
  {
    instead: ({ count, test, groups }) =>
      range(count).filter((i) => !test.includes(i) && !groups.some((one) => one.indexOf(i) > 0)),
    says: 'That keeps the first of each group, also where another one of the group is tested with. Ask of each group whether a test picture is in it.',
  },
  {
    instead: ({ count, test, groups }) =>
      range(count).filter(
        (i) =>
          !test.includes(i) &&
          !groups.some((one) => one.includes(i) && test.includes(one[0] as number)),
      ),
    says: 'That looks at the first of each group only. Any of its pictures may be one of the test pictures.',
  },
  {
    instead: (given) => range(given.count).filter((i) => !leaks(given).has(i)),
    says: 'That trains on the test pictures that have no near duplicate. Leave out all test pictures as well.',
  },
  {
    instead: (given) => [...leaks(given)].filter((i) => !given.test.includes(i)),
    says: 'Those are the pictures to leave out; return the others.',
  },
];

/** The positions that the learner's function returns, ascending. */
function positionsOf(learner: LearnerLeakFreeTraining, given: Case): number[] {
  const occasion = `with ${given.name}`;
  // Copies: a learner may sort what is given.
  const groups = given.groups.map((one) => [...one]);
  const found = attempt(
    () => learner(given.count, [...given.test], groups),
    occasion,
    'an array of positions',
  );
  if (!Array.isArray(found) && !(found instanceof Int32Array)) {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(found)}; expected an array of positions.`,
    );
  }
  const positions = Array.from(found as ArrayLike<unknown>);
  const wrong = positions.find(
    (i) => !Number.isInteger(i) || (i as number) < 0 || (i as number) >= given.count,
  );
  if (wrong !== undefined) {
    throw new Finding(
      `When called ${occasion}, one of the positions is ${describe(wrong)}; expected whole numbers from 0 to ${given.count - 1}.`,
    );
  }
  if (new Set(positions).size < positions.length) {
    throw new Finding(
      `When called ${occasion}, it returned a position twice; each picture is trained on once.`,
    );
  }
  return (positions as number[]).sort((a, b) => a - b);
}

const written = (positions: readonly number[]) =>
  positions.length > 12 ? `${positions.length} positions` : `[${positions.join(', ')}]`;
const ascending = (positions: readonly number[]) => [...positions].sort((a, b) => a - b);

function compare(learner: LearnerLeakFreeTraining, given: Case): void {
  requireRight({
    cases: [given],
    found: () => positionsOf(learner, given),
    right: expected,
    same: (found, right) => String(ascending(found)) === String(ascending(right)),
    mistakes: MISTAKES,
    story: ({ name, test }, found, right) =>
      `When called with ${name} (test [${test.length > 12 ? '…' : test.join(', ')}]), it returned ${written(found)}; ` +
      `expected ${written(right)}.`,
    hint: 'Go through the groups by hand: which of them hold a test picture?',
  });
}

/** What the training pictures must be. */
export const LEAK_FREE_TRAINING_PROPERTIES: readonly Property<LearnerLeakFreeTraining>[] = [
  {
    name: 'returns every picture that is not tested with, where nothing is repeated',
    examine: (learner) => compare(learner, ALONE),
  },
  {
    name: 'leaves out a training picture that repeats a test picture',
    examine: (learner) => compare(learner, ACROSS),
  },
  {
    name: 'keeps training pictures that repeat each other',
    examine: (learner) => compare(learner, WITHIN),
  },
  {
    name: 'never trains on a test picture',
    examine: (learner) => compare(learner, TESTED),
  },
  {
    name: 'looks at every picture of a group',
    examine: (learner) => compare(learner, LAST),
  },
  {
    name: 'does so for many groups at once',
    examine: (learner) => compare(learner, large()),
  },
];
