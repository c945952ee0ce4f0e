import { infoNceBound, tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { requireTidy } from './attempt';
import {
  type LossMistake,
  type LossValue,
  lossDiffers,
  lossValue,
  requireGradients,
  requireLoss,
} from './contrastive-loss-value';
import { Finding, number, type Property } from './judge';

/** A learner's InfoNCE bound on mutual information, in nats: the critic's scores `[N, N]`, pairs on the diagonal. */
export type LearnerInfoNceBound = (scores: tf.Tensor2D) => unknown;

/** The ways in which the bound can be written; the defaults are the right one. */
interface BoundVariant {
  /** Leaves the pair out of the denominator. */
  readonly pairInDenominator?: boolean;
  /** Takes the softmax over columns: which x belongs to this y? */
  readonly byColumns?: boolean;
  /** What is added to minus the loss. */
  readonly room?: (count: number) => number;
  /** Adds the rows up instead of taking their mean. */
  readonly summed?: boolean;
  /** Divides nats by ln 2. */
  readonly bits?: boolean;
}

/** The bound as a plain loop over rows, in double precision. */
function naiveBound(scores: number[][], variant: BoundVariant = {}): number {
  const { pairInDenominator = true, byColumns = false, room = Math.log } = variant;
  const count = scores.length;
  let total = 0;
  scores.forEach((row, i) => {
    const all = byColumns ? scores.map((other) => other[i] as number) : row;
    const candidates = pairInDenominator ? all : all.filter((_, k) => k !== i);
    total += (row[i] as number) - Math.log(candidates.reduce((sum, one) => sum + Math.exp(one), 0));
  });
  const nats = (variant.summed ? total : total / count) + room(count);
  return variant.bits ? nats / Math.LN2 : nats;
}

const MISTAKES: readonly LossMistake<BoundVariant>[] = [
  {
    variant: { room: () => 0 },
    says: 'That is minus the loss, which is never above 0; add ln N, the loss of knowing nothing.',
  },
  {
    variant: { pairInDenominator: false },
    says: 'That is with the pair left out of the denominator. Then the value is no bound: nothing keeps it below ln N.',
  },
  {
    variant: { byColumns: true },
    says: 'That asks each y for its x: the softmax runs down the columns. Here each x looks for its y, along its row.',
  },
  {
    variant: { room: (count) => Math.log(count - 1) },
    says: 'That adds ln(N − 1); there are N candidates, the pair among them.',
  },
  {
    variant: { room: (count) => Math.log(2 * count - 1) },
    says: 'That adds ln(2N − 1), the chance line of NT-Xent, where both views ask; here N rows ask among N columns.',
  },
  { variant: { summed: true }, says: 'That adds the rows up; take their mean.' },
  { variant: { bits: true }, says: 'That is in bits; leave out the division by ln 2.' },
];

function scoresOf(count: number, scale: number): tf.Tensor2D {
  return tf.tidy(() => {
    const random = new RandomStream([41, count]);
    return random.normal([count, count]).add(tf.eye(count)).mul(scale) as tf.Tensor2D;
  });
}

function boundOf(learner: LearnerInfoNceBound, scores: tf.Tensor2D): LossValue {
  return lossValue(() => learner(scores), `with scores of ${scores.shape[0]} pairs`, {
    reduction: 'the mean over the rows',
  });
}

function requireValue(learner: LearnerInfoNceBound, scores: tf.Tensor2D, expected: number): void {
  const { found, occasion } = boundOf(learner, scores);
  if (!lossDiffers(found, expected)) return;
  throw new Finding(
    `When called ${occasion}, it returned ${number(found)}; expected ${number(expected)}. ` +
      'With scores that say nothing the loss is ln N and the bound 0; with every pair certain the loss is 0 and the bound ln N.',
  );
}

/** What an InfoNCE bound must satisfy. */
export const INFO_NCE_BOUND_PROPERTIES: readonly Property<LearnerInfoNceBound>[] = [
  {
    name: 'returns one finite number, as a tensor',
    examine: (learner) => {
      boundOf(learner, scoresOf(5, 1));
    },
  },
  {
    name: 'has the value of the definition',
    examine: (learner) => {
      for (const [count, scale] of [
        [3, 1],
        [6, 2],
        [13, 0.5],
      ] as const) {
        const scores = scoresOf(count, scale);
        requireLoss(
          boundOf(learner, scores),
          (variant) => naiveBound(scores.arraySync(), variant),
          MISTAKES,
          {
            reversed: 'ln N minus the loss',
            unknown:
              'Work out the first row by hand: its own score less the log-sum-exp of the row.',
          },
        );
      }
    },
  },
  {
    name: 'is 0 where the scores say nothing and ln N where every pair is certain',
    examine: (learner) => {
      requireValue(learner, tf.fill([9, 9], 2), 0);
      requireValue(learner, tf.eye(9).mul(60) as tf.Tensor2D, Math.log(9));
    },
  },
  {
    name: 'stays finite with scores of a thousand',
    examine: (learner) => {
      boundOf(learner, scoresOf(6, 1000));
    },
  },
  {
    name: 'has the right gradient, so that a critic can be trained with it',
    examine: (learner) => {
      requireGradients(learner, infoNceBound, { scores: scoresOf(7, 1) });
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const scores = scoresOf(4, 1);
      requireTidy(() => learner(scores));
    },
  },
];
