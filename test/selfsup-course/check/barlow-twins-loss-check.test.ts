import { barlowTwinsLoss, tf } from 'selfsup';
import { check, type LearnerBarlowTwinsLoss } from 'selfsup-course';
import { describeCheck } from './describe-check';

const standardised = (z: tf.Tensor) => {
  const { mean, variance } = tf.moments(z, 0);
  return z.sub(mean).div(variance.add(1e-5).sqrt());
};

/** A Barlow Twins loss written from matrix operations, with one part exchanged. */
const barlowTwins =
  (
    change: {
      standardise?: (z: tf.Tensor) => tf.Tensor;
      second?: (z1: tf.Tensor, z2: tf.Tensor) => tf.Tensor;
      product?: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
      weigh?: (same: tf.Tensor, redundancy: number) => tf.Tensor;
      beside?: (correlations: tf.Tensor) => tf.Tensor;
      reduce?: (entries: tf.Tensor) => tf.Tensor;
    } = {},
  ): LearnerBarlowTwinsLoss =>
  (z1, z2, { redundancy }) =>
    tf.tidy(() => {
      const {
        standardise = standardised,
        second = (_: tf.Tensor, other: tf.Tensor) => other,
        product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, true).div(z1.shape[0]),
        weigh = (same: tf.Tensor, weight: number) => same.add(tf.sub(1, same).mul(weight)),
        beside = (correlations: tf.Tensor) => correlations.square(),
        reduce = (entries: tf.Tensor) => entries.sum(),
      } = change;
      const correlations = product(standardise(z1), standardise(second(z1, z2)));
      const same = tf.eye(correlations.shape[0] as number);
      const entries = same
        .mul(correlations.sub(1).square())
        .add(tf.sub(1, same).mul(beside(correlations)));
      return reduce(entries.mul(weigh(same, redundancy)));
    });

const DEFINITION = 'has the value of the definition';
const AGREE = 'is 0 where both views agree and no two dimensions say the same';
const unitRows = (z: tf.Tensor) => z.div(tf.norm(z, 2, 1, true));

describeCheck<LearnerBarlowTwinsLoss>(
  'check.barlowTwinsLoss',
  check.barlowTwinsLoss,
  [
    ['is the library’s', barlowTwinsLoss],
    ['is written from matrix operations', barlowTwins()],
  ],
  [
    [
      'does not centre',
      barlowTwins({
        standardise: (z) => z.div(tf.moments(z, 0).variance.add(1e-5).sqrt()),
      }),
      DEFINITION,
      /means were not subtracted/,
    ],
    [
      'does not scale',
      barlowTwins({ standardise: (z) => z.sub(z.mean(0)) }),
      DEFINITION,
      /loss of covariances/,
    ],
    [
      'divides the variance by N − 1',
      barlowTwins({
        standardise: (z) =>
          standardised(z).mul(Math.sqrt(((z.shape[0] as number) - 1) / (z.shape[0] as number))),
      }),
      AGREE,
      /no correlation reaches 1; divide both by N/,
    ],
    [
      'normalises rows, as NT-Xent does',
      barlowTwins({ standardise: unitRows }),
      AGREE,
      /each dimension is standardised over the batch/,
    ],
    [
      'looks at one view',
      barlowTwins({ second: (z1) => z1 }),
      DEFINITION,
      /loss of the first views alone/,
    ],
    [
      'compares images',
      barlowTwins({ product: (a, b) => tf.matMul(a, b, false, true).div(a.shape[1] as number) }),
      AGREE,
      /which compares images; transpose/,
    ],
    [
      'does not divide by N',
      barlowTwins({ product: (a, b) => tf.matMul(a, b, true) }),
      AGREE,
      /sums of products; divide the matrix by N/,
    ],
    [
      'lets correlations cancel out',
      barlowTwins({ beside: (correlations) => correlations }),
      DEFINITION,
      /cancel out; square them/,
    ],
    [
      'forgets the weight',
      barlowTwins({ weigh: (same) => same.mul(0).add(1) }),
      DEFINITION,
      /loss without λ/,
    ],
    [
      'weights everything',
      barlowTwins({ weigh: (same, weight) => same.mul(0).add(weight) }),
      DEFINITION,
      /λ on everything/,
    ],
    [
      'weights the diagonal instead',
      barlowTwins({ weigh: (same, weight) => tf.sub(1, same).add(same.mul(weight)) }),
      DEFINITION,
      /λ on the diagonal/,
    ],
    [
      'leaves the diagonal out',
      barlowTwins({ weigh: (same, weight) => tf.sub(1, same).mul(weight) }),
      DEFINITION,
      /without its diagonal/,
    ],
    [
      'takes the mean',
      barlowTwins({ reduce: (entries) => entries.mean() }),
      DEFINITION,
      /take the sum/,
    ],
    [
      'has a weight of its own',
      barlowTwins({ weigh: (same) => same.add(tf.sub(1, same).mul(0.1)) }),
      'follows the weight of the redundancy',
      /redundancy 0, it returned/,
    ],
    [
      'divides by a deviation of 0',
      barlowTwins({
        standardise: (z) => {
          const { mean, variance } = tf.moments(z, 0);
          return z.sub(mean).div(variance.sqrt());
        },
      }),
      'stays finite where a dimension does not vary',
      /add 1e-5 to the variance/,
    ],
    [
      'returns the matrix',
      barlowTwins({ reduce: (entries) => entries }),
      'returns one finite number, as a tensor',
      /expected a scalar, the weighted sum over all entries/,
    ],
    [
      'has the sign reversed',
      barlowTwins({ reduce: (entries) => entries.sum().neg() }),
      DEFINITION,
      /sign is reversed: the loss is a sum of squares/,
    ],
    [
      'stops the gradient of the second views',
      (z1, z2, options) => {
        const copy = tf.tensor2d(z2.dataSync().slice(), z2.shape);
        return tf.tidy(() => barlowTwins()(z1, copy.add(z2.mul(0)), options) as tf.Scalar);
      },
      'has the right gradient',
      /cut off from the second views/,
    ],
    [
      'leaves tensors behind',
      (z1, z2, options) => barlowTwinsLoss(z1, z2.mul(1), options),
      'tidies its tensors',
      /leaves 1 tensor in memory/,
    ],
  ],
);
