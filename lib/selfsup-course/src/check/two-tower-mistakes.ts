import type { LossMistake } from './contrastive-loss-value';

/** The ways in which a two-tower loss can be written; the defaults are the right one. */
export interface TwoTowerVariant {
  /** Which directions are counted: both, averaged (default); both, added up; or one alone. */
  readonly directions?: 'mean' | 'sum' | 'image to text' | 'text to image';
  /** What other examples with the same caption are. */
  readonly sameCaption?: 'positives' | 'masked' | 'negatives';
  /** Adds the log-probabilities of all positives up instead of averaging them. */
  readonly targetsSummed?: boolean;
  /** Skips the scaling to length 1. */
  readonly normalised?: boolean;
  /** Divides by the temperature, multiplies by it, or leaves it out. */
  readonly temperature?: 'divided' | 'multiplied' | 'left out';
  /** Adds the examples up instead of taking their mean. */
  readonly summed?: boolean;
}

type Rows = readonly (readonly number[])[];

/** The two-tower loss as plain loops, in double precision. */
export function naiveTwoTower(
  images: Rows,
  texts: Rows,
  captions: readonly number[],
  temperature: number,
  variant: TwoTowerVariant = {},
): number {
  const { directions = 'mean', sameCaption = 'positives', targetsSummed = false } = variant;
  const { normalised = true, temperature: use = 'divided', summed = false } = variant;
  const scale = { divided: 1 / temperature, multiplied: temperature, 'left out': 1 }[use];
  const scaled = (rows: Rows) =>
    rows.map((row) => row.map((value) => value / (normalised ? Math.hypot(...row) : 1)));
  const all = captions.map((_, example) => example);
  const direction = (from: Rows, to: Rows): number => {
    let total = 0;
    for (const i of all) {
      const same = all.filter((j) => captions[j] === captions[i]);
      const positives = sameCaption === 'positives' ? same : [i];
      const seen = sameCaption === 'masked' ? all.filter((j) => j === i || !same.includes(j)) : all;
      const logit = (j: number) =>
        scale *
        (from[i] as readonly number[]).reduce(
          (sum, value, d) => sum + value * (to[j]?.[d] ?? 0),
          0,
        );
      const largest = Math.max(...seen.map(logit));
      const log =
        largest + Math.log(seen.reduce((sum, j) => sum + Math.exp(logit(j) - largest), 0));
      const losses = positives.reduce((sum, p) => sum + log - logit(p), 0);
      total += targetsSummed ? losses : losses / positives.length;
    }
    return summed ? total : total / captions.length;
  };
  const [v, t] = [scaled(images), scaled(texts)];
  if (directions === 'image to text') return direction(v, t);
  if (directions === 'text to image') return direction(t, v);
  const both = direction(v, t) + direction(t, v);
  return directions === 'sum' ? both : both / 2;
}

/** The usual mistakes, each with the sentence for the learner whose number shows it. */
export const TWO_TOWER_MISTAKES: readonly LossMistake<TwoTowerVariant>[] = [
  {
    variant: { directions: 'image to text' },
    says: 'That is the direction from image to text alone; texts must find their images too: the same with the matrix transposed.',
  },
  {
    variant: { directions: 'text to image' },
    says: 'That is the direction from text to image alone; images must find their texts too.',
  },
  {
    variant: { directions: 'sum' },
    says: 'That is the sum of both directions; take their mean.',
  },
  {
    variant: { sameCaption: 'negatives' },
    says: 'That is the loss with the diagonal as the only right answers: other images with the same caption are counted as negatives.',
  },
  {
    variant: { sameCaption: 'masked' },
    says: 'That is the loss with same-caption pairs left out; here they are right answers like the diagonal.',
  },
  {
    variant: { targetsSummed: true },
    says: 'That is the loss with targets of 1 for every right answer; divide each row of the targets by its sum, so that it is a distribution.',
  },
  {
    variant: { normalised: false },
    says: 'That is the loss of rows that were not scaled to length 1; divide each row of both by its norm.',
  },
  {
    variant: { temperature: 'multiplied' },
    says: 'That is the loss with similarities multiplied by the temperature; divide by it.',
  },
  {
    variant: { temperature: 'left out' },
    says: 'That is the loss without the temperature; divide all similarities by it.',
  },
  {
    variant: { summed: true },
    says: 'That is the sum over the examples; take the mean.',
  },
];
