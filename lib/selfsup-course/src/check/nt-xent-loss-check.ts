import { ntXentLoss, tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { requireTidy } from './attempt';
import {
  type LossValue,
  lossDiffers,
  lossValue,
  requireGradients,
  requireLoss,
} from './contrastive-loss-value';
import { Finding, number, type Property } from './judge';
import { NT_XENT_MISTAKES, naiveNtXent } from './nt-xent-mistakes';

/** A learner's NT-Xent loss: called with two views `[N, d]`, of any length, and the temperature. */
export type LearnerNtXentLoss = (
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  options: { temperature: number },
) => unknown;

const DIMENSIONS = 5;

function embeddings(pairs: number): [tf.Tensor2D, tf.Tensor2D] {
  const random = new RandomStream([20, pairs]);
  return [
    random.normal([pairs, DIMENSIONS]) as tf.Tensor2D,
    random.normal([pairs, DIMENSIONS]) as tf.Tensor2D,
  ];
}

function lossOf(
  learner: LearnerNtXentLoss,
  [z1, z2]: [tf.Tensor2D, tf.Tensor2D],
  temperature: number,
): LossValue {
  const occasion = `with ${z1.shape[0]} pairs of ${z1.shape[1]} numbers and temperature ${temperature}`;
  return lossValue(() => learner(z1, z2, { temperature }), occasion, {
    reduction: 'the mean over all 2N rows',
  });
}

function compare(
  learner: LearnerNtXentLoss,
  views: [tf.Tensor2D, tf.Tensor2D],
  temperature: number,
): void {
  const [z1, z2] = [views[0].arraySync(), views[1].arraySync()];
  requireLoss(
    lossOf(learner, views, temperature),
    (variant) => naiveNtXent(z1, z2, temperature, variant),
    NT_XENT_MISTAKES,
    {
      reversed: 'log(denominator) − positive',
      unknown: 'Compare the similarities of the first row by hand.',
    },
  );
}

/** What an NT-Xent loss must satisfy. */
export const NT_XENT_PROPERTIES: readonly Property<LearnerNtXentLoss>[] = [
  {
    name: 'returns one finite number, as a tensor',
    examine: (learner) => {
      lossOf(learner, embeddings(4), 0.5);
    },
  },
  {
    name: 'is ln(2N − 1) when all embeddings are equal',
    examine: (learner) => {
      const same = tf.ones<tf.Rank.R2>([4, DIMENSIONS]);
      const { found } = lossOf(learner, [same, same], 0.5);
      if (!lossDiffers(found, Math.log(7))) return;
      const meaning = lossDiffers(found, Math.log(8))
        ? 'With N = 4, each row has one positive and six negatives, all equally similar: ln 7.'
        : 'That is ln(2N): each embedding’s similarity to itself is still in the denominator.';
      throw new Finding(
        `For 4 pairs of equal embeddings it returned ${number(found)}; expected ${number(Math.log(7))}. ${meaning}`,
      );
    },
  },
  {
    name: 'has the value of the definition',
    examine: (learner) => {
      for (const pairs of [2, 5, 8]) compare(learner, embeddings(pairs), 0.5);
    },
  },
  {
    name: 'follows the temperature',
    examine: (learner) => {
      for (const temperature of [0.1, 1]) compare(learner, embeddings(6), temperature);
    },
  },
  {
    name: 'depends on directions only, not on lengths',
    examine: (learner) => {
      const [z1, z2] = embeddings(6);
      compare(learner, [z1.mul(3), z2.mul(0.2)], 0.5);
    },
  },
  {
    name: 'stays finite at temperature 0.005',
    examine: (learner) => {
      lossOf(learner, embeddings(6), 0.005);
    },
  },
  {
    name: 'has the right gradient',
    examine: (learner) => {
      const [z1, z2] = embeddings(6);
      const of =
        (loss: LearnerNtXentLoss) =>
        (...views: tf.Tensor2D[]) =>
          loss(...(views as [tf.Tensor2D, tf.Tensor2D]), { temperature: 0.5 });
      requireGradients(of(learner), of(ntXentLoss), { 'first views': z1, 'second views': z2 });
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const [z1, z2] = embeddings(4);
      requireTidy(() => learner(z1, z2, { temperature: 0.5 }));
    },
  },
];
