import { infoNceLoss, tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { requireTidy } from './attempt';
import {
  type LossValue,
  lossDiffers,
  lossValue,
  requireGradients,
  requireLoss,
} from './contrastive-loss-value';
import { INFO_NCE_MISTAKES, naiveInfoNce } from './info-nce-mistakes';
import { Finding, number, type Property } from './judge';

/** A learner's InfoNCE loss: queries and positives `[N, d]`, negatives `[K, d]`, of any length, and the temperature. */
export type LearnerInfoNceLoss = (
  queries: tf.Tensor2D,
  positives: tf.Tensor2D,
  negatives: tf.Tensor2D,
  options: { temperature: number },
) => unknown;

type Keys = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

function embeddings(queries: number, negatives: number): Keys {
  const random = new RandomStream([31, queries]);
  return [queries, queries, negatives].map((rows) => random.normal([rows, 5])) as Keys;
}

function lossOf(learner: LearnerInfoNceLoss, [q, p, n]: Keys, temperature: number): LossValue {
  const occasion = `with ${q.shape[0]} queries, ${n.shape[0]} negatives and temperature ${temperature}`;
  return lossValue(() => learner(q, p, n, { temperature }), occasion, {
    reduction: 'the mean over the queries',
  });
}

function compare(learner: LearnerInfoNceLoss, keys: Keys, temperature: number): void {
  const [q, p, n] = keys.map((one) => one.arraySync()) as [number[][], number[][], number[][]];
  requireLoss(
    lossOf(learner, keys, temperature),
    (variant) => naiveInfoNce(q, p, n, temperature, variant),
    INFO_NCE_MISTAKES,
    {
      reversed: 'log(denominator) − positive',
      unknown: 'Compare the similarities of the first query by hand.',
    },
  );
}

/** What an InfoNCE loss must satisfy. */
export const INFO_NCE_PROPERTIES: readonly Property<LearnerInfoNceLoss>[] = [
  {
    name: 'returns one finite number, as a tensor',
    examine: (learner) => {
      lossOf(learner, embeddings(3, 7), 0.5);
    },
  },
  {
    name: 'is ln(1 + K) when all similarities are equal',
    examine: (learner) => {
      const same = (rows: number) => tf.ones<tf.Rank.R2>([rows, 5]);
      const { found } = lossOf(learner, [same(3), same(3), same(7)], 0.5);
      if (!lossDiffers(found, Math.log(8))) return;
      const meaning = !lossDiffers(found, Math.log(7))
        ? 'That is ln K: the positive is missing from the denominator.'
        : !lossDiffers(found, Math.log(3))
          ? 'That is ln N: the negatives are the keys of the batch, not those of the queue.'
          : 'With K = 7 negatives and one positive, all equally similar, each has probability 1/8.';
      throw new Finding(
        `For 3 queries and 7 negatives that all are equal it returned ${number(found)}; expected ` +
          `${number(Math.log(8))}. ${meaning}`,
      );
    },
  },
  {
    name: 'has the value of the definition',
    examine: (learner) => {
      for (const [queries, negatives] of [
        [1, 4],
        [4, 9],
        [6, 3],
      ] as const) {
        compare(learner, embeddings(queries, negatives), 0.5);
      }
    },
  },
  {
    name: 'follows the temperature',
    examine: (learner) => {
      for (const temperature of [0.07, 1]) compare(learner, embeddings(5, 8), temperature);
    },
  },
  {
    name: 'depends on directions only, not on lengths',
    examine: (learner) => {
      const [q, p, n] = embeddings(5, 8);
      compare(learner, [q.mul(3), p.mul(0.2), n.mul(7)], 0.5);
    },
  },
  {
    name: 'stays finite at temperature 0.005',
    examine: (learner) => {
      const [q, , n] = embeddings(5, 8);
      lossOf(learner, [q, q, n], 0.005);
    },
  },
  {
    name: 'has the right gradient for the queries',
    examine: (learner) => {
      const [queries, positives, negatives] = embeddings(5, 8);
      const of =
        (loss: LearnerInfoNceLoss) =>
        (...inputs: tf.Tensor2D[]) =>
          loss(inputs[0] as tf.Tensor2D, positives, negatives, { temperature: 0.5 });
      requireGradients(of(learner), of(infoNceLoss), { queries });
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const keys = embeddings(4, 6);
      requireTidy(() => learner(...keys, { temperature: 0.5 }));
    },
  },
];
