import { RandomGenerator, tf } from 'selfsup';
import { attemptTensor, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';
import { largestGap, requireRight } from './require-right';

/**
 * A learner's nearest-class-mean classifier: labelled features `[n, d]`, their classes, features to classify `[m, d]` and the number
 * of classes → the cosine of each with each class's prototype, `[m, classes]`.
 */
export type LearnerNearestMean = (
  known: tf.Tensor2D,
  labels: tf.Tensor1D,
  asked: tf.Tensor2D,
  classes: number,
) => unknown;

interface Variant {
  /** Scales the labelled features to length 1 before averaging. Default true. */
  readonly first?: boolean;
  /** Scales the mean to length 1. Default true. */
  readonly last?: boolean;
  /** Scales what is asked to length 1. Default true. */
  readonly asked?: boolean;
  /** Takes only the first labelled one of each class. */
  readonly only?: boolean;
  /** Squared distances in place of cosines, times this. */
  readonly distance?: number;
  /** Adds up in place of averaging. */
  readonly sums?: boolean;
}

const unit = (row: readonly number[]) => {
  const length = Math.hypot(...row);
  return row.map((value) => (length === 0 ? 0 : value / length));
};
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, d) => sum + value * (b[d] as number), 0);

interface Case {
  readonly name: string;
  readonly known: number[][];
  readonly labels: readonly number[];
  readonly asked: number[][];
  readonly classes: number;
}

/** The scores as plain loops; a class without labels has −∞. */
function naive({ known, labels, asked, classes }: Case, variant: Variant = {}): number[][] {
  const { first = true, last = true, asked: scales = true, only, distance, sums } = variant;
  const prototypes = Array.from({ length: classes }, (_, c) => {
    const own = known.filter((_, i) => labels[i] === c).map((row) => (first ? unit(row) : row));
    const taken = only ? own.slice(0, 1) : own;
    if (taken.length === 0) return null;
    const total = (taken[0] as number[]).map((_, d) =>
      taken.reduce((sum, row) => sum + (row[d] as number), 0),
    );
    const middle = sums ? total : total.map((value) => value / taken.length);
    return last ? unit(middle) : middle;
  });
  return asked.map((row) => {
    const query = scales ? unit(row) : row;
    return prototypes.map((one) => {
      if (one === null) return Number.NEGATIVE_INFINITY;
      if (distance === undefined) return dot(query, one);
      return distance * one.reduce((sum, value, d) => sum + (value - (query[d] as number)) ** 2, 0);
    });
  });
}

const MISTAKES: readonly { readonly variant: Variant; readonly says: string }[] = [
  {
    variant: { first: false },
    says: 'That averages labelled features of different lengths, so a long one outvotes short ones. Scale each to length 1 first.',
  },
  {
    variant: { last: false },
    says: 'That leaves the mean as short as it is: a class whose pictures differ would get smaller scores. Scale it to length 1 again.',
  },
  {
    variant: { last: false, sums: true },
    says: 'That is the sum over a class, so a class with more labels gets larger scores. Scale it to length 1.',
  },
  {
    variant: { first: false, last: false },
    says: 'That is the plain mean without any scaling: scale every labelled feature before, and the mean after.',
  },
  {
    variant: { asked: false },
    says: 'That is right but for the lengths of what is asked: scale these to length 1 as well, for cosines.',
  },
  {
    variant: { only: true },
    says: 'That takes one labelled picture of each class only; average all of them.',
  },
  {
    variant: { distance: 1 },
    says: 'Those are squared distances, which are small where a class is near; return cosines, which are large there.',
  },
  {
    variant: { distance: -1 },
    says: 'Those are negative squared distances. They have the same order; return the cosines themselves.',
  },
];

function caseOf(name: string, labels: readonly number[], classes: number, lengths: boolean): Case {
  const random = new RandomGenerator(labels.length, 67);
  const real = (from: number, to: number) => from + (random.nextUint32() / 2 ** 32) * (to - from);
  const rows = (count: number): number[][] =>
    Array.from({ length: count }, () => {
      const length = lengths ? real(0.2, 5) : 1;
      return unit([0, 1, 2, 3].map(() => real(-1, 1))).map((value) => value * length);
    });
  return { name, known: rows(labels.length), labels, asked: rows(6), classes };
}

const ONE = caseOf('one label of each of 3 classes, all of length 1', [2, 0, 1], 3, false);
const SEVERAL = caseOf(
  'three labels of each of 3 classes, all of length 1',
  [1, 0, 2, 2, 1, 0, 0, 1, 2],
  3,
  false,
);
const LONG = caseOf(
  'several labels of each of 3 classes, of any length',
  [1, 0, 2, 2, 0, 0, 1, 2],
  3,
  true,
);
const GAP = caseOf('labels of classes 0, 1 and 3 of 5', [3, 0, 1, 3, 0], 5, true);

function scoresOf(learner: LearnerNearestMean, one: Case): number[][] {
  const occasion = `with ${one.name}`;
  const result = attemptTensor(
    () =>
      learner(
        tf.tensor2d(one.known),
        tf.tensor1d([...one.labels], 'int32'),
        tf.tensor2d(one.asked),
        one.classes,
      ),
    occasion,
    [one.asked.length, one.classes],
  );
  if (result.shape.join() !== `${one.asked.length},${one.classes}`) {
    throw new Finding(
      `When called ${occasion} and ${one.asked.length} pictures to classify, it returned a tensor of shape ` +
        `[${result.shape.join(', ')}]; expected [${one.asked.length}, ${one.classes}], a score for each picture and class.`,
    );
  }
  const scores = result.arraySync() as number[][];
  if (scores.flat().some(Number.isNaN)) {
    throw new Finding(
      `When called ${occasion}, its result holds NaN. ` +
        (one === GAP
          ? 'A class without labels has a mean of 0 / 0. Give it the score −Infinity, for instance with tf.where.'
          : 'Divide by lengths that are not 0.'),
    );
  }
  return scores;
}

function compare(learner: LearnerNearestMean, one: Case): void {
  requireRight({
    cases: [one],
    found: () => scoresOf(learner, one),
    right: naive,
    mistakes: MISTAKES.map(({ variant, says }) => ({ instead: () => naive(one, variant), says })),
    story: ({ name }, ...scores) =>
      `When called with ${name}, its scores differ from the definition’s by up to ${number(largestGap(...scores))}.`,
    hint: 'Compute the prototype of class 0 by hand, then its cosine with the first picture.',
  });
}

/** A class without labels must be the nearest of none. */
function compareGap(learner: LearnerNearestMean): void {
  const found = scoresOf(learner, GAP);
  const empty = found.flatMap((row) => [row[2] as number, row[4] as number]);
  const wrong = empty.find((score) => score !== Number.NEGATIVE_INFINITY);
  if (wrong !== undefined) {
    throw new Finding(
      `When called with ${GAP.name}, class 2, of which no picture is labelled, has the score ${number(wrong)}; expected −Infinity. ` +
        'Where all others are negative, a 0 would win.',
    );
  }
  compare(learner, GAP);
}

/** What the nearest class mean must satisfy. */
export const NEAREST_MEAN_PROPERTIES: readonly Property<LearnerNearestMean>[] = [
  {
    name: 'returns a score for each picture and class',
    examine: (learner) => {
      scoresOf(learner, ONE);
    },
  },
  {
    name: 'is the cosine with the only labelled picture of a class',
    examine: (learner) => compare(learner, ONE),
  },
  {
    name: 'is the cosine with the mean of several, scaled to length 1',
    examine: (learner) => compare(learner, SEVERAL),
  },
  {
    name: 'depends on directions only, not on lengths',
    examine: (learner) => compare(learner, LONG),
  },
  {
    name: 'gives −Infinity to a class without labels',
    examine: compareGap,
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const [known, asked] = [tf.tensor2d(LONG.known), tf.tensor2d(LONG.asked)];
      const labels = tf.tensor1d([...LONG.labels], 'int32');
      requireTidy(() => learner(known, labels, asked, LONG.classes));
    },
  },
];
