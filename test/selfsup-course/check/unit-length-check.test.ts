import { tf } from 'selfsup';
import { check, type LearnerUnitLength } from 'selfsup-course';
import { describeCheck } from './describe-check';

/** Division by something, kept above 0. */
const dividedBy =
  (what: (rows: tf.Tensor2D) => tf.Tensor): LearnerUnitLength =>
  (rows) =>
    tf.tidy(() => {
      const divisor = what(rows);
      return rows.div(tf.where(divisor.abs().less(1e-9), tf.onesLike(divisor), divisor));
    });
const squares = (rows: tf.Tensor2D) => rows.square().sum(1, true);

const SHAPE = 'returns a tensor of the shape it was given';
const LENGTH = 'gives every row the length 1';
const DIRECTION = 'keeps the direction of every row';
const ZEROS = 'leaves a row of zeros as it is, without NaN';

describeCheck<LearnerUnitLength>(
  'check.unitLength',
  check.unitLength,
  [
    [
      'is written with square, sum and root',
      (rows) => tf.tidy(() => rows.div(squares(rows).maximum(1e-12).sqrt())),
    ],
    ['uses the norm', (rows) => tf.tidy(() => rows.div(tf.norm(rows, 2, 1, true).add(1e-8)))],
    ['divides where it can', (rows) => tf.tidy(() => tf.divNoNan(rows, tf.norm(rows, 2, 1, true)))],
    [
      'is a plain loop',
      (rows) =>
        tf.tensor2d(
          rows.arraySync().map((row) => row.map((value) => value / (Math.hypot(...row) || 1))),
        ),
    ],
  ],
  [
    ['divides by the squared length', dividedBy(squares), LENGTH, /divides by the squared length/],
    ['divides by the sum', dividedBy((rows) => rows.sum(1, true)), LENGTH, /by its sum:/],
    [
      'divides by the sum of absolute values',
      dividedBy((rows) => rows.abs().sum(1, true)),
      LENGTH,
      /sum of its absolute values/,
    ],
    ['divides by the maximum', dividedBy((rows) => rows.max(1, true)), LENGTH, /by its maximum/],
    [
      'divides by the largest absolute value',
      dividedBy((rows) => rows.abs().max(1, true)),
      LENGTH,
      /largest absolute value/,
    ],
    [
      'divides by the root of the mean square',
      dividedBy((rows) => rows.square().mean(1, true).sqrt()),
      LENGTH,
      /root of the mean square/,
    ],
    [
      'divides by the lengths of the columns',
      dividedBy((rows) => rows.square().sum(0, true).sqrt()),
      LENGTH,
      /lengths of the columns.*axis 1/,
    ],
    [
      'divides by one length for all',
      dividedBy((rows) => tf.norm(rows)),
      LENGTH,
      /one length, that of the whole matrix/,
    ],
    [
      'multiplies',
      (rows) => tf.tidy(() => rows.mul(squares(rows).sqrt())),
      LENGTH,
      /row 0 .* has the length 31\.25; expected 1\. That multiplies/,
    ],
    [
      'gives the rows back',
      (rows) => rows.clone(),
      LENGTH,
      /Those are the rows as they were given/,
    ],
    [
      'returns the lengths',
      (rows) => tf.tidy(() => squares(rows).sqrt()),
      SHAPE,
      /shape \[5, 1\]; expected \[5, 3\]\. Those are the lengths/,
    ],
    [
      'returns the lengths as a list',
      (rows) => tf.tidy(() => tf.norm(rows, 2, 1)),
      SHAPE,
      /shape \[5\].*Those are the lengths/,
    ],
    [
      'loses the signs',
      (rows) => tf.tidy(() => rows.div(squares(rows).maximum(1e-12).sqrt()).abs()),
      DIRECTION,
      /row 0 .* its cosine with the row that was given is .*signs included/,
    ],
    [
      'makes NaN of zeros',
      (rows) => tf.tidy(() => rows.div(tf.norm(rows, 2, 1, true))),
      ZEROS,
      /holds NaN. 0 \/ 0 is not a number/,
    ],
    [
      'makes up a direction for zeros',
      (rows) =>
        tf.tidy(() => {
          const shifted = rows.add(1e-9);
          return shifted.div(tf.norm(shifted, 2, 1, true));
        }),
      ZEROS,
      /row 1 .* has the length 1; expected 0: zeros have no direction/,
    ],
    [
      'adds up without keeping the axis',
      (rows) => tf.tidy(() => rows.div(rows.square().sum(1).sqrt())),
      SHAPE,
      /shapes \[5, 3\] and \[5\] do not fit each other.* Expected for a tensor of shape \[5, 3\]: a tensor of shape \[5, 3\].* keepDims .*sum\(1, true\).* \[5, 1\]/,
    ],
    ['returns an array', (rows) => rows.arraySync(), SHAPE, /expected a tensor/],
    [
      'leaves a tensor behind',
      (rows) => {
        const root = tf.tidy(() => squares(rows).maximum(1e-12).sqrt());
        return rows.div(root);
      },
      'tidies its tensors',
      /leaves 1 tensor in memory/,
    ],
    [
      'disposes what it was given',
      (rows) => {
        const unit = tf.tidy(() => rows.div(squares(rows).maximum(1e-12).sqrt()));
        rows.dispose();
        return unit;
      },
      'tidies its tensors',
      /disposes tensors it was given/,
    ],
  ],
);
