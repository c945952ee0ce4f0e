import type { LossMistake } from './contrastive-loss-value';

/** The ways in which an NT-Xent loss can be written; the defaults are the right one. */
export interface NtXentVariant {
  /** Keeps the similarity of an embedding to itself in the denominator. */
  readonly selfInDenominator?: boolean;
  /** Leaves the positive pair out of the denominator. */
  readonly positiveInDenominator?: boolean;
  /** Skips the scaling to length 1. */
  readonly normalised?: boolean;
  /** Skips the division by the temperature. */
  readonly tempered?: boolean;
  /** Which row is the partner of row `i` of `2N`. */
  readonly partner?: (i: number, pairs: number) => number;
  /** Takes the negatives of a row from the other view only. */
  readonly otherViewOnly?: boolean;
  /** Adds the rows up instead of taking their mean. */
  readonly summed?: boolean;
}

/** NT-Xent as a plain double loop over rows, in double precision. */
export function naiveNtXent(
  z1: readonly (readonly number[])[],
  z2: readonly (readonly number[])[],
  temperature: number,
  variant: NtXentVariant = {},
): number {
  const { selfInDenominator = false, positiveInDenominator = true, normalised = true } = variant;
  const { tempered = true, otherViewOnly = false, summed = false } = variant;
  const pairs = z1.length;
  const { partner = (i: number) => (i + pairs) % (2 * pairs) } = variant;
  const rows = [...z1, ...z2].map((row) => {
    const length = normalised ? Math.hypot(...row) : 1;
    return row.map((value) => value / length);
  });
  const logit = (i: number, k: number) => {
    const other = rows[k] as number[];
    const product = (rows[i] as number[]).reduce(
      (sum, value, d) => sum + value * (other[d] ?? 0),
      0,
    );
    return product / (tempered ? temperature : 1);
  };
  let loss = 0;
  for (let i = 0; i < rows.length; i++) {
    const positive = partner(i, pairs);
    let denominator = 0;
    for (let k = 0; k < rows.length; k++) {
      if (k === i && !selfInDenominator) continue;
      if (k === positive && !positiveInDenominator) continue;
      if (otherViewOnly && i < pairs === k < pairs) continue;
      denominator += Math.exp(logit(i, k));
    }
    loss += Math.log(denominator) - logit(i, positive);
  }
  return summed ? loss : loss / rows.length;
}

/** The usual mistakes, each with the sentence for the learner whose number shows it. */
export const NT_XENT_MISTAKES: readonly LossMistake<NtXentVariant>[] = [
  {
    variant: { selfInDenominator: true },
    says: 'That is the loss with each embedding’s similarity to itself left in the denominator; mask the diagonal.',
  },
  {
    variant: { positiveInDenominator: false },
    says: 'That is the loss with the positive left out of the denominator; only the diagonal is masked.',
  },
  {
    variant: { otherViewOnly: true },
    says: 'That is the loss with negatives from the other view only; each row has 2N − 2 negatives, from both views.',
  },
  {
    variant: { partner: (i) => i ^ 1 },
    says: 'That is the loss with rows 0 and 1, 2 and 3, … as positives; the partner of row i is row i + N (and back).',
  },
  {
    variant: { partner: (i, pairs) => (i < pairs ? i : i - pairs) },
    says: 'That is the loss with wrong positives for the one half of the rows: the partner of row i + N is row i.',
  },
  {
    variant: { normalised: false },
    says: 'That is the loss of embeddings that were not scaled to length 1; divide each row by its norm.',
  },
  {
    variant: { tempered: false },
    says: 'That is the loss without the temperature; divide the similarities by it.',
  },
  {
    variant: { summed: true },
    says: 'That is the sum over the 2N rows; take the mean.',
  },
];
