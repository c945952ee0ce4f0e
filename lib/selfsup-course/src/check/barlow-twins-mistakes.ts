import type { LossMistake } from './contrastive-loss-value';

/** The ways in which a Barlow Twins loss can be written; the defaults are the right one. */
export interface BarlowTwinsVariant {
  /** Skips the subtraction of each dimension's mean. */
  readonly centred?: boolean;
  /** By what each number is divided: the deviation of its dimension (default), that with `N − 1`, the row's length, nothing. */
  readonly scaledBy?: 'deviation' | 'sample deviation' | 'row length' | 'nothing';
  /** Correlates the first views with themselves. */
  readonly oneView?: boolean;
  /** Compares images (an `N × N` matrix) instead of dimensions. */
  readonly images?: boolean;
  /** Skips the division of the products by `N`. */
  readonly divided?: boolean;
  /** What is summed beside the diagonal: squares (default), or the numbers as they are. */
  readonly squared?: boolean;
  /** What λ weights: the rest (default), the diagonal instead, everything, nothing. */
  readonly weighted?: 'rest' | 'diagonal' | 'both' | 'neither';
  /** Leaves the diagonal out. */
  readonly diagonal?: boolean;
  /** Takes the mean over the entries instead of adding them up. */
  readonly averaged?: boolean;
}

type Rows = readonly (readonly number[])[];

/** Added to variances, as `barlowTwinsLoss` does. */
const EPSILON = 1e-5;

function transposed(rows: Rows): number[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] as number));
}

/** The columns of `rows`, standardised over the batch, or as a variant has it. */
function standardised(rows: Rows, variant: BarlowTwinsVariant): number[][] {
  const { centred = true, scaledBy = 'deviation' } = variant;
  const count = rows.length;
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / count;
  const columns = transposed(rows).map((column) => {
    const middle = mean(column);
    const moved = column.map((value) => value - (centred ? middle : 0));
    if (scaledBy === 'row length' || scaledBy === 'nothing') return moved;
    const variance = mean(column.map((value) => (value - middle) ** 2));
    const bias = scaledBy === 'sample deviation' ? count / (count - 1) : 1;
    return moved.map((value) => value / Math.sqrt(variance * bias + EPSILON));
  });
  if (scaledBy !== 'row length') return columns;
  return transposed(
    transposed(columns).map((row) => row.map((value) => value / Math.hypot(...row))),
  );
}

/** Barlow Twins as plain loops over pairs of dimensions, in double precision. */
export function naiveBarlowTwins(
  z1: Rows,
  z2: Rows,
  redundancy: number,
  variant: BarlowTwinsVariant = {},
): number {
  const { oneView = false, images = false, divided = true, squared = true } = variant;
  const { weighted = 'rest', diagonal = true, averaged = false } = variant;
  let [a, b] = [standardised(z1, variant), standardised(oneView ? z1 : z2, variant)];
  if (images) [a, b] = [transposed(a), transposed(b)];
  const onDiagonal = weighted === 'diagonal' || weighted === 'both' ? redundancy : 1;
  const beside = weighted === 'rest' || weighted === 'both' ? redundancy : 1;
  let total = 0;
  a.forEach((one, j) => {
    b.forEach((other, k) => {
      const products = one.reduce((sum, value, i) => sum + value * (other[i] as number), 0);
      const correlation = products / (divided ? one.length : 1);
      if (j === k) total += diagonal ? onDiagonal * (1 - correlation) ** 2 : 0;
      else total += beside * (squared ? correlation ** 2 : correlation);
    });
  });
  return averaged ? total / (a.length * b.length) : total;
}

/** The usual mistakes, each with the sentence for the learner whose number shows it. */
export const BARLOW_TWINS_MISTAKES: readonly LossMistake<BarlowTwinsVariant>[] = [
  {
    variant: { centred: false },
    says: 'That is the loss of embeddings whose means were not subtracted; subtract each dimension’s mean over the batch.',
  },
  {
    variant: { scaledBy: 'nothing' },
    says: 'That is the loss of covariances; divide each dimension by its standard deviation over the batch.',
  },
  {
    variant: { scaledBy: 'sample deviation' },
    says: 'That is the loss with N − 1 in the variance and N in the product, so that no correlation reaches 1; divide both by N.',
  },
  {
    variant: { centred: false, scaledBy: 'row length' },
    says: 'That is the loss of rows of length 1, as NT-Xent has them; here each dimension is standardised over the batch.',
  },
  {
    variant: { scaledBy: 'row length' },
    says: 'That is the loss of rows of length 1; here each dimension is divided by its standard deviation over the batch.',
  },
  {
    variant: { oneView: true },
    says: 'That is the loss of the first views alone; correlate the dimensions of the first views with those of the second.',
  },
  {
    variant: { images: true },
    says: 'That is the loss of an N × N matrix, which compares images; transpose the first factor, for a d × d matrix of dimensions.',
  },
  {
    variant: { divided: false },
    says: 'That is the loss of sums of products; divide the matrix by N.',
  },
  {
    variant: { squared: false },
    says: 'That is the loss with the correlations beside the diagonal added up as they are, where they cancel out; square them.',
  },
  {
    variant: { weighted: 'neither' },
    says: 'That is the loss without λ; it weights the squares beside the diagonal.',
  },
  {
    variant: { weighted: 'diagonal' },
    says: 'That is the loss with λ on the diagonal; it weights the squares beside the diagonal.',
  },
  {
    variant: { weighted: 'both' },
    says: 'That is the loss with λ on everything; it weights only the squares beside the diagonal.',
  },
  {
    variant: { diagonal: false },
    says: 'That is the loss without its diagonal; add Σ (1 − C_jj)².',
  },
  {
    variant: { averaged: true },
    says: 'That is the mean over the entries of the matrix; take the sum.',
  },
];
