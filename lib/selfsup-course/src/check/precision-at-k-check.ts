import { RandomGenerator } from 'selfsup';
import { attemptShare } from './attempt';
import type { Property } from './judge';
import { near, requireRight, returned } from './require-right';

/**
 * A learner's precision@k of a search among labelled pictures: `similarities[i][j]` of pictures `i` and `j`, every picture's own
 * included, the class of each, and how many of the most similar others are looked at.
 */
export type LearnerPrecisionAtK = (
  similarities: number[][],
  labels: number[],
  k: number,
) => unknown;

interface Case {
  readonly name: string;
  readonly similarities: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Pictures without order: similarities all different, each row's largest on the diagonal, as cosines have it. */
function caseOf(name: string, labels: readonly number[]): Case {
  const n = labels.length;
  const random = new RandomGenerator(n, 61);
  const similarities = labels.map((_, i) => {
    const row = random.shuffle(Array.from({ length: n }, (_, j) => (j + 0.5) / n - 0.5));
    row[i] = 1;
    return row;
  });
  return { name, similarities, labels };
}

const repeated = (...counts: number[]) =>
  counts.flatMap((count, label) => new Array<number>(count).fill(label));

const EVEN = caseOf('24 pictures of 3 classes of one size', repeated(8, 8, 8));
const UNEVEN = caseOf(
  '30 pictures, 22 of class 0, 5 of class 1 and 3 of class 2',
  repeated(22, 5, 3),
);
const SINGLE = caseOf(
  '19 pictures, 10 of class 0, 8 of class 1 and one of class 2',
  repeated(10, 8, 1),
);
const OTHERS = caseOf('the 23 pictures of 2 classes, whose diagonal is 0', repeated(12, 11));
/** Without the diagonal's being the largest, a rule that drops the first of the order drops a neighbour. */
const UNLIKE_ITSELF: Case = {
  ...OTHERS,
  similarities: OTHERS.similarities.map((row, i) => row.map((value, j) => (i === j ? 0 : value))),
};

interface Count {
  /** Counts the picture itself among its neighbours. */
  readonly itself?: boolean;
  /** Leaves out the first of the order, whatever it is. */
  readonly dropsFirst?: boolean;
  readonly least?: boolean;
  readonly taken?: (k: number) => number;
  /** What one query is worth. */
  readonly worth?: (right: number, k: number, all: number) => number;
  /** How values become one number. Default: means of classes, averaged. */
  readonly join?: (ofClass: readonly (readonly number[])[]) => number;
  readonly keepsSingle?: boolean;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Precision@k as a loop, with one part exchanged. */
function counted({ similarities, labels }: Case, k: number, count: Count = {}): number {
  const { worth = (right: number) => right / k, taken = (n: number) => n } = count;
  const values = labels.map((label, i) => {
    const row = similarities[i] as readonly number[];
    const order = labels
      .flatMap((_, j) => (j === i && !count.itself && !count.dropsFirst ? [] : [j]))
      .sort((a, b) => ((row[b] as number) - (row[a] as number)) * (count.least ? -1 : 1))
      .slice(count.dropsFirst ? 1 : 0);
    const right = (positions: number[]) => positions.filter((j) => labels[j] === label).length;
    return worth(right(order.slice(0, taken(k))), k, right(order));
  });
  const classes = [...new Set(labels)]
    .map((label) => values.filter((_, i) => labels[i] === label))
    .filter((own) => count.keepsSingle || own.length > 1);
  return (count.join ?? ((all) => mean(all.map(mean))))(classes);
}

const MISTAKES: readonly { readonly count: Count; readonly says: string }[] = [
  {
    count: { itself: true },
    says: 'That counts the picture as its own neighbour: it is always the most similar, and always right. Leave it out first.',
  },
  {
    count: { itself: true, join: (all) => mean(all.flat()), keepsSingle: true },
    says: 'That counts the picture as its own neighbour, and averages over pictures. Leave it out, then average within each class first.',
  },
  {
    count: { dropsFirst: true },
    says: 'That leaves out the first of the order for the picture itself; a copy may stand there, or rounding. Leave out its position.',
  },
  {
    count: { join: (all) => mean(all.flat()), keepsSingle: true },
    says: 'That averages over all pictures, so the large class decides. Average within each class first, then over the classes.',
  },
  {
    count: { join: (all) => mean(all.flat()) },
    says: 'That averages over all pictures, so the large class decides. Average within each class first, then over the classes.',
  },
  {
    count: { keepsSingle: true },
    says: 'That gives 0 to the class with a single picture, although nothing else of it can be found. Leave such a class out.',
  },
  {
    count: { worth: (right) => Math.min(1, right) },
    says: 'That is recall@k, whether any of the first k is right; count the share of them.',
  },
  {
    count: { worth: (right, _, all) => (all === 0 ? 0 : right / all) },
    says: 'That is the share of the class that was found; divide by k, the number looked at.',
  },
  {
    count: { worth: (right) => right },
    says: 'That is the number of right ones; divide by k.',
  },
  { count: { least: true }, says: 'That looks at the least similar; sort in descending order.' },
  {
    count: { taken: (k) => k - 1 },
    says: 'That looks at one too few: take the first k after the picture itself is gone.',
  },
  { count: { taken: (k) => k + 1 }, says: 'That looks at one too many; take the first k.' },
  {
    count: { worth: (right, k) => (100 * right) / k },
    says: 'That is in percent; return a share from 0 to 1.',
  },
];

function shareOf(learner: LearnerPrecisionAtK, one: Case, k: number): number {
  // Copies: a learner may sort what is given.
  const rows = one.similarities.map((row) => [...row]);
  return attemptShare(() => learner(rows, [...one.labels], k), `with ${one.name}, k = ${k}`);
}

/** Compares with the definition for every k. */
function compare(learner: LearnerPrecisionAtK, one: Case, ks: readonly number[]): void {
  requireRight({
    cases: ks,
    found: (k) => shareOf(learner, one, k),
    right: (k) => counted(one, k),
    same: near(1e-6),
    mistakes: MISTAKES.map(({ count, says }) => ({
      instead: (k: number) => counted(one, k, count),
      says,
    })),
    story: (k, ...values) => returned(`with ${one.name}, k = ${k}`, ...values),
    hint: 'Take one picture, sort the others by similarity and count the first k by hand.',
  });
}

/** What precision@k must satisfy. */
export const PRECISION_AT_K_PROPERTIES: readonly Property<LearnerPrecisionAtK>[] = [
  {
    name: 'returns one number',
    examine: (learner) => {
      shareOf(learner, EVEN, 3);
    },
  },
  {
    name: 'is the share of the k most similar others that have the class of the query',
    examine: (learner) => compare(learner, EVEN, [2, 1, 5, 4]),
  },
  {
    name: 'gives a small class the weight of a large one',
    examine: (learner) => compare(learner, UNEVEN, [2, 1, 6, 4]),
  },
  {
    name: 'leaves a picture itself out by its position, not by its rank',
    examine: (learner) => compare(learner, UNLIKE_ITSELF, [2, 1, 5]),
  },
  {
    name: 'leaves out a class with a single picture',
    examine: (learner) => compare(learner, SINGLE, [3, 1, 4]),
  },
];
