import { tf } from 'selfsup';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';

/** A learner's division of every row of `[N, d]` by its length. */
export type LearnerUnitLength = (vectors: tf.Tensor2D) => unknown;

/** Rows of lengths from 0.06 to 69, whose sums and largest numbers are not their lengths. */
const ROWS = [
  [3, -4, 2.5],
  [0.02, 0.05, -0.03],
  [-40, 10, 55],
  [1, 2, 2.5],
  [0.4, -0.9, -0.7],
];
const NAME = `${ROWS.length} rows of 3 numbers`;
/** Far above what rounding, or a small number that keeps 0 / 0 away, changes. */
const TOLERANCE = 1e-3;

/** Right in all but what the rows are divided by. */
const MISTAKES: readonly {
  readonly instead: (rows: tf.Tensor2D) => tf.Tensor;
  readonly says: string;
}[] = [
  { instead: (rows) => rows, says: 'Those are the rows as they were given.' },
  {
    instead: (rows) => rows.div(rows.square().sum(1, true)),
    says: 'That divides by the squared length: take the square root of the sum of squares.',
  },
  {
    instead: (rows) => rows.div(rows.sum(1, true)),
    says: 'That divides each row by its sum: square the numbers, add them up and take the root.',
  },
  {
    instead: (rows) => rows.div(rows.abs().sum(1, true)),
    says: 'That divides each row by the sum of its absolute values: square the numbers, add them up and take the root.',
  },
  {
    instead: (rows) => rows.div(rows.max(1, true)),
    says: 'That divides each row by its maximum: the length is the root of the sum of squares.',
  },
  {
    instead: (rows) => rows.div(rows.abs().max(1, true)),
    says: 'That divides each row by its largest absolute value: the length is the root of the sum of squares.',
  },
  {
    instead: (rows) => rows.div(rows.square().mean(1, true).sqrt()),
    says: 'That divides by the root of the mean square: add the squares up, without dividing by how many there are.',
  },
  {
    instead: (rows) => rows.div(rows.square().sum(0, true).sqrt()),
    says: 'That divides by the lengths of the columns: each row is one vector, so sum over axis 1.',
  },
  {
    instead: (rows) => rows.div(rows.square().sum().sqrt()),
    says: 'That divides all rows by one length, that of the whole matrix: each row has its own, so sum over axis 1.',
  },
  {
    instead: (rows) => rows.mul(rows.square().sum(1, true).sqrt()),
    says: 'That multiplies by the length; divide by it.',
  },
  {
    instead: (rows) => rows.square().sum(1, true).sqrt(),
    says: 'Those are the lengths: divide each row by its own.',
  },
  {
    instead: (rows) => rows.square().sum(1).sqrt(),
    says: 'Those are the lengths: divide each row by its own.',
  },
];

const given = (): tf.Tensor2D => tf.tensor2d(ROWS);

/** Whether two tensors of one shape hold the same numbers, small ones as exactly as large ones. */
function same(found: tf.Tensor, expected: tf.Tensor): boolean {
  if (found.shape.join() !== expected.shape.join()) return false;
  const right = expected.dataSync();
  return found
    .dataSync()
    .every(
      (value, at) =>
        Math.abs(value - (right[at] as number)) <= TOLERANCE * Math.abs(right[at] as number),
    );
}

/** What the learner did instead, where it can be told. */
const mistakeOf = (found: tf.Tensor, rows: tf.Tensor2D): string =>
  MISTAKES.find(({ instead }) => same(found, instead(rows)))?.says ?? '';

function unitOf(learner: LearnerUnitLength, rows: tf.Tensor2D, name: string): tf.Tensor2D {
  // A copy: a learner may dispose what is given; the last property says that this is not to be.
  const found = attemptTensor(() => learner(rows.clone()), `with ${name}`, rows.shape);
  if (found.shape.join() !== rows.shape.join()) {
    throw new Finding(
      `When called with ${name}, it returned shape [${found.shape.join(', ')}]; expected [${rows.shape.join(', ')}]. ` +
        mistakeOf(found, rows),
    );
  }
  return found as tf.Tensor2D;
}

const lengthOf = (row: readonly number[]) => Math.hypot(...row);

/** The cosine of the angle between two rows. */
const cosineOf = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * (b[at] as number), 0) / (lengthOf(a) * lengthOf(b));

/** What rows of length 1 must satisfy. */
export const UNIT_LENGTH_PROPERTIES: readonly Property<LearnerUnitLength>[] = [
  {
    name: 'returns a tensor of the shape it was given',
    examine: (learner) => {
      const found = unitOf(learner, given(), NAME);
      requireFinite(found, `with ${NAME}`, 'Divide each row by its length.');
    },
  },
  {
    name: 'gives every row the length 1',
    examine: (learner) => {
      const [rows, found] = [given(), unitOf(learner, given(), NAME)];
      const lengths = found.arraySync().map(lengthOf);
      const wrong = lengths.findIndex((length) => !(Math.abs(length - 1) <= TOLERANCE));
      if (wrong < 0) return;
      throw new Finding(
        `Of ${NAME}, row ${wrong} (counted from 0) has the length ${number(lengths[wrong] as number)}; expected 1. ` +
          mistakeOf(found, rows),
      );
    },
  },
  {
    name: 'keeps the direction of every row',
    examine: (learner) => {
      const cosines = unitOf(learner, given(), NAME)
        .arraySync()
        .map((row, at) => cosineOf(row, ROWS[at] as number[]));
      const wrong = cosines.findIndex((cosine) => !(cosine >= 1 - TOLERANCE));
      if (wrong < 0) return;
      throw new Finding(
        `Of ${NAME}, row ${wrong} (counted from 0) has the length 1, but its cosine with the row that was given is ` +
          `${number(cosines[wrong] as number)}; expected 1. Divide the row as it is, signs included, by one number.`,
      );
    },
  },
  {
    name: 'leaves a row of zeros as it is, without NaN',
    examine: (learner) => {
      const [zeros, name] = [[0, 0, 0], 'a row of zeros among others'];
      const rows = tf.tensor2d([ROWS[0] as number[], zeros, ROWS[1] as number[]]);
      const found = unitOf(learner, rows, name);
      requireFinite(
        found,
        `with ${name}`,
        '0 / 0 is not a number: let what you divide by be no smaller than some tiny number.',
      );
      const lengths = found.arraySync().map(lengthOf);
      const wrong = [1, 0, 1].findIndex(
        (length, at) => Math.abs((lengths[at] as number) - length) > TOLERANCE,
      );
      if (wrong < 0) return;
      throw new Finding(
        `When called with ${name}, row ${wrong} (counted from 0) has the length ${number(lengths[wrong] as number)}; expected ` +
          `${wrong === 1 ? '0: zeros have no direction' : '1'}.`,
      );
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const rows = given();
      requireTidy(() => learner(rows));
    },
  },
];
