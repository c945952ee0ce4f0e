import { leakFreeTraining } from 'selfsup';
import { check, type LearnerLeakFreeTraining } from 'selfsup-course';
import { describeCheck } from './describe-check';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Written with sets, with one part exchanged. */
const written =
  (
    change: {
      leaks?: (group: readonly number[], test: ReadonlySet<number>) => boolean;
      keeps?: (i: number, test: ReadonlySet<number>, leaking: ReadonlySet<number>) => boolean;
    } = {},
  ): LearnerLeakFreeTraining =>
  (count, test, groups) => {
    const {
      leaks = (group, tested) => group.some((i) => tested.has(i)),
      keeps = (i, tested, leaking) => !tested.has(i) && !leaking.has(i),
    } = change;
    const tested = new Set(test);
    const leaking = new Set(groups.filter((group) => leaks(group, tested)).flat());
    return range(count).filter((i) => keeps(i, tested, leaking));
  };

describeCheck<LearnerLeakFreeTraining>(
  'check.leakFreeTraining',
  check.leakFreeTraining,
  [
    ['is the library’s', (count, test, groups) => leakFreeTraining({ count, test, groups })],
    ['is written with sets', written()],
    ['returns an Int32Array', (...args) => Int32Array.from(written()(...args) as number[])],
    ['returns them in another order', (...args) => (written()(...args) as number[]).reverse()],
    [
      'sorts what it is given',
      (count, test, groups) => {
        (test as number[]).sort((a, b) => b - a);
        for (const group of groups) (group as number[]).reverse();
        return written()(count, test, groups);
      },
    ],
  ],
  [
    [
      'leaves the near duplicates in',
      written({ leaks: () => false }),
      'leaves out a training picture that repeats a test picture',
      /leaves all near duplicates in/,
    ],
    [
      'leaves out every group',
      written({ leaks: () => true }),
      'keeps training pictures that repeat each other',
      /every picture with a near duplicate/,
    ],
    [
      'keeps the first of each group',
      (count, test, groups) => {
        const others = new Set(groups.flatMap((group) => group.slice(1)));
        return range(count).filter((i) => !test.includes(i) && !others.has(i));
      },
      'keeps training pictures that repeat each other',
      /keeps the first of each group/,
    ],
    [
      'looks at the first of a group only',
      written({ leaks: ([first], tested) => tested.has(first as number) }),
      'looks at every picture of a group',
      /looks at the first of each group only/,
    ],
    [
      'trains on test pictures',
      written({ keeps: (i, _, leaking) => !leaking.has(i) }),
      'returns every picture that is not tested with, where nothing is repeated',
      /trains on the test pictures/,
    ],
    [
      'returns what is to be left out',
      written({ keeps: (i, tested, leaking) => leaking.has(i) && !tested.has(i) }),
      'returns every picture that is not tested with, where nothing is repeated',
      /pictures to leave out/,
    ],
    [
      'returns a set',
      (...args) => new Set(written()(...args) as number[]),
      'returns every picture that is not tested with, where nothing is repeated',
      /returned an object; expected an array of positions/,
    ],
    [
      'returns a position twice',
      (...args) => [...(written()(...args) as number[]), 0],
      'returns every picture that is not tested with, where nothing is repeated',
      /a position twice/,
    ],
    [
      'returns positions that are none',
      () => [-1],
      'returns every picture that is not tested with, where nothing is repeated',
      /one of the positions is the number -1; expected whole numbers from 0 to 5/,
    ],
  ],
);
