import { barlowTwinsLoss, tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { requireTidy } from './attempt';
import { BARLOW_TWINS_MISTAKES, naiveBarlowTwins } from './barlow-twins-mistakes';
import { type LossValue, lossValue, requireGradients, requireLoss } from './contrastive-loss-value';
import type { Property } from './judge';

/** A learner's Barlow Twins loss: called with two views `[N, d]` and λ, the weight of the redundancy. */
export type LearnerBarlowTwinsLoss = (
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  options: { redundancy: number },
) => unknown;

const DIMENSIONS = 4;

/** Views that have something in common, with means and deviations of their own. */
function embeddings(pairs: number): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([9, pairs]);
  const [common, one, other] = [0, 1, 2].map(
    () => random.normal([pairs, DIMENSIONS]) as tf.Tensor2D,
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return [
    common.add(one).mul(2).add(1) as tf.Tensor2D,
    common.add(other).mul(0.5).sub(1) as tf.Tensor2D,
  ];
}

function lossOf(
  learner: LearnerBarlowTwinsLoss,
  [z1, z2]: readonly [tf.Tensor2D, tf.Tensor2D],
  redundancy: number,
): LossValue {
  const occasion = `with ${z1.shape[0]} pairs of ${z1.shape[1]} numbers and redundancy ${redundancy}`;
  return lossValue(() => learner(z1, z2, { redundancy }), occasion, {
    reduction: 'the weighted sum over all entries of the matrix',
    advice:
      'A dimension that does not vary over the batch has a deviation of 0: add 1e-5 to the variance before the root.',
  });
}

function compare(
  learner: LearnerBarlowTwinsLoss,
  views: readonly [tf.Tensor2D, tf.Tensor2D],
  redundancy: number,
): void {
  const [z1, z2] = [views[0].arraySync(), views[1].arraySync()];
  requireLoss(
    lossOf(learner, views, redundancy),
    (variant) => naiveBarlowTwins(z1, z2, redundancy, variant),
    BARLOW_TWINS_MISTAKES,
    {
      reversed: 'a sum of squares, at least 0',
      unknown: 'Compare the matrix of a batch of three pairs by hand.',
    },
  );
}

/** Three dimensions that are uncorrelated over eight rows: all eight combinations of signs. */
function uncorrelated(): tf.Tensor2D {
  const signs = Array.from({ length: 8 }, (_, row) => [1, 2, 4].map((bit) => (row & bit ? -1 : 1)));
  return tf.tensor2d(signs);
}

/** What a Barlow Twins loss must satisfy. */
export const BARLOW_TWINS_PROPERTIES: readonly Property<LearnerBarlowTwinsLoss>[] = [
  {
    name: 'returns one finite number, as a tensor',
    examine: (learner) => {
      lossOf(learner, embeddings(4), 0.1);
    },
  },
  {
    name: 'is 0 where both views agree and no two dimensions say the same',
    examine: (learner) => {
      const z = uncorrelated();
      compare(learner, [z, z], 0.5);
    },
  },
  {
    name: 'has the value of the definition',
    examine: (learner) => {
      for (const pairs of [3, 5, 8]) compare(learner, embeddings(pairs), 0.1);
    },
  },
  {
    name: 'follows the weight of the redundancy',
    examine: (learner) => {
      for (const redundancy of [0, 1.5]) compare(learner, embeddings(6), redundancy);
    },
  },
  {
    name: 'does not depend on a dimension’s mean and scale',
    examine: (learner) => {
      const [z1, z2] = embeddings(6);
      compare(learner, [z1.mul(3).add(2) as tf.Tensor2D, z2], 0.1);
    },
  },
  {
    name: 'stays finite where a dimension does not vary',
    examine: (learner) => {
      const [z1, z2] = embeddings(6);
      const still = tf.tensor1d([0, 1, 1, 1]);
      lossOf(learner, [z1.mul(still) as tf.Tensor2D, z2], 0.1);
    },
  },
  {
    name: 'has the right gradient',
    examine: (learner) => {
      const [z1, z2] = embeddings(6);
      const of =
        (loss: LearnerBarlowTwinsLoss) =>
        (...views: tf.Tensor2D[]) =>
          loss(...(views as [tf.Tensor2D, tf.Tensor2D]), { redundancy: 0.1 });
      requireGradients(of(learner), of(barlowTwinsLoss), { 'first views': z1, 'second views': z2 });
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const [z1, z2] = embeddings(4);
      requireTidy(() => learner(z1, z2, { redundancy: 0.1 }));
    },
  },
];
