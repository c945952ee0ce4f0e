import type { LossMistake } from './contrastive-loss-value';

/** The ways in which an InfoNCE loss can be written; the defaults are the right one. */
export interface InfoNceVariant {
  /** Leaves the positive out of the denominator. */
  readonly positiveInDenominator?: boolean;
  /** Skips the scaling to length 1. */
  readonly normalised?: boolean;
  /** Skips the division by the temperature. */
  readonly tempered?: boolean;
  /** Takes the other queries' keys as negatives besides those of the queue. */
  readonly batchAsNegatives?: boolean;
  /** Takes the other queries' keys as negatives instead of those of the queue. */
  readonly withoutQueue?: boolean;
  /** Adds the queries up instead of taking their mean. */
  readonly summed?: boolean;
}

type Rows = readonly (readonly number[])[];

/** InfoNCE as a plain loop over queries, in double precision. */
export function naiveInfoNce(
  queries: Rows,
  positives: Rows,
  negatives: Rows,
  temperature: number,
  variant: InfoNceVariant = {},
): number {
  const { positiveInDenominator = true, normalised = true, tempered = true } = variant;
  const { batchAsNegatives = false, withoutQueue = false, summed = false } = variant;
  const scaled = (rows: Rows) =>
    rows.map((row) => row.map((value) => value / (normalised ? Math.hypot(...row) : 1)));
  const [q, p, n] = [scaled(queries), scaled(positives), scaled(negatives)];
  const logit = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0) / (tempered ? temperature : 1);
  let loss = 0;
  q.forEach((query, i) => {
    const positive = logit(query, p[i] as number[]);
    const others = batchAsNegatives || withoutQueue ? p.filter((_, other) => other !== i) : [];
    const keys = [...(withoutQueue ? [] : n), ...others].map((key) => logit(query, key));
    if (positiveInDenominator) keys.push(positive);
    loss += Math.log(keys.reduce((sum, one) => sum + Math.exp(one), 0)) - positive;
  });
  return summed ? loss : loss / q.length;
}

/** The usual mistakes, each with the sentence for the learner whose number shows it. */
export const INFO_NCE_MISTAKES: readonly LossMistake<InfoNceVariant>[] = [
  {
    variant: { positiveInDenominator: false },
    says: 'That is the loss with the positive left out of the denominator; there are 1 + K keys to choose from.',
  },
  {
    variant: { normalised: false },
    says: 'That is the loss of rows that were not scaled to length 1; divide each row of all three by its norm.',
  },
  {
    variant: { tempered: false },
    says: 'That is the loss without the temperature; divide all similarities by it.',
  },
  {
    variant: { batchAsNegatives: true },
    says: 'That is the loss with the keys of the other queries as further negatives; only the queue’s keys are.',
  },
  {
    variant: { withoutQueue: true },
    says: 'That is the loss with the keys of the other queries as negatives, as in SimCLR; the negatives are the queue’s keys.',
  },
  {
    variant: { summed: true },
    says: 'That is the sum over the queries; take the mean.',
  },
];
