import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertLabelledFeatures, assertSameWidth } from './labelled-features';
import { PreciseCosines } from './precise-cosines';

/** Options of {@link retrievalRanks}. */
export interface RetrievalRanksOptions {
  /** What is looked up with, `[n, d]`, float32, of any length. */
  readonly queries: tf.Tensor2D;
  /** What is looked through, `[m, d]`. */
  readonly candidates: tf.Tensor2D;
  /** A candidate answers a query rightly when both have the same label, for instance the number of a caption. */
  readonly queryLabels: ArrayLike<number>;
  readonly candidateLabels: ArrayLike<number>;
  /** Queries compared at a time; memory grows with it times the number of candidates. Default 512. */
  readonly batchSize?: number;
}

/** Of a query's label that no candidate has. */
const UNKNOWN = -1;

/**
 * For each query the rank of its best right answer when all candidates are ordered by cosine: 1 plus the number of wrong
 * candidates that are at least as similar, up to rounding. A tie counts against the query, so embeddings that all are equal find nothing.
 * A query without a right answer among the candidates has rank `Infinity`.
 *
 * @returns One rank for each query.
 * @throws InvalidArgumentError when shapes or numbers of labels do not fit, an embedding is not finite, or `batchSize` is
 *   not a whole number from 1.
 */
export async function retrievalRanks({
  queries,
  candidates,
  queryLabels,
  candidateLabels,
  batchSize = 512,
}: RetrievalRanksOptions): Promise<Float64Array> {
  assertLabelledFeatures('retrievalRanks', 'query', queries, queryLabels);
  assertLabelledFeatures('retrievalRanks', 'candidate', candidates, candidateLabels);
  assertSameWidth('retrievalRanks', queries, candidates);
  assertCount('retrievalRanks', 'batchSize', batchSize);
  const ranks = new Float64Array(queries.shape[0]);
  // Numbered from 0, since a label may be larger than an int32.
  const numbers = new Map<number, number>();
  const numbered = Int32Array.from(candidateLabels, (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
  const cosines = new PreciseCosines(queries, candidates);
  const labels = tf.tensor2d(numbered, [1, candidates.shape[0]], 'int32');
  try {
    for (let start = 0; start < ranks.length; start += batchSize) {
      const count = Math.min(batchSize, ranks.length - start);
      const asked = Int32Array.from(
        { length: count },
        (_, row) => numbers.get(queryLabels[start + row] as number) ?? UNKNOWN,
      );
      const found = tf.tidy(() => {
        const relative = cosines.relative(start, count);
        const right = tf.equal(tf.tensor2d(asked, [count, 1], 'int32'), labels);
        const behindAll = tf.fill(relative.shape, Number.NEGATIVE_INFINITY);
        const best = tf.max(tf.where(right, relative, behindAll), 1, true);
        const wrong = tf.where(right, behindAll, relative);
        return tf.sum(tf.greaterEqual(wrong, best.sub(cosines.rounding)).toFloat(), 1);
      });
      const ahead = await found.data();
      found.dispose();
      for (let row = 0; row < count; row++) {
        ranks[start + row] =
          asked[row] === UNKNOWN ? Number.POSITIVE_INFINITY : 1 + (ahead[row] as number);
      }
      await new Promise(setImmediate);
    }
  } finally {
    cosines.dispose();
    labels.dispose();
  }
  return ranks;
}

/** Options of {@link recallAtK}. */
export interface RecallAtKOptions {
  /** How many candidates are looked at. */
  readonly k: number;
  /**
   * Label of each query. When given, the recall of every label counts the same, however many queries have it
   * (balanced); when left out, every query counts the same.
   */
  readonly balancedOver?: ArrayLike<number>;
}

/**
 * Recall@k: the share of queries with at least one right answer among the first `k` candidates. It does not ask how
 * many of several right answers are there.
 *
 * @param ranks Rank of each query's best right answer, from 1, as {@link retrievalRanks} returns them.
 * @returns A share from 0 to 1.
 * @throws InvalidArgumentError when `k` is not a whole number from 1, there are no ranks, or not one label for each.
 */
export function recallAtK(ranks: ArrayLike<number>, { k, balancedOver }: RecallAtKOptions): number {
  if (!(Number.isInteger(k) && k >= 1) || ranks.length === 0) {
    throw new InvalidArgumentError(
      `recallAtK: k is ${k} for ${ranks.length} ranks; expected a whole number from 1, and at least one rank.`,
    );
  }
  if (balancedOver !== undefined && balancedOver.length !== ranks.length) {
    throw new InvalidArgumentError(
      `recallAtK: ${balancedOver.length} labels for ${ranks.length} ranks; expected one for each.`,
    );
  }
  const groups = new Map<number, { n: number; hits: number }>();
  for (let query = 0; query < ranks.length; query++) {
    const label = balancedOver === undefined ? 0 : (balancedOver[query] as number);
    const group = groups.get(label) ?? { n: 0, hits: 0 };
    group.n++;
    if ((ranks[query] as number) <= k) group.hits++;
    groups.set(label, group);
  }
  let sum = 0;
  for (const { n, hits } of groups.values()) sum += hits / n;
  return sum / groups.size;
}

/**
 * The recall@k expected of candidates in random order: for a query with `r` right answers among `m` candidates it is
 * `1 − Π_{i<k} (m − r − i) / (m − i)`, which is `k / m` for a single right answer; the mean over the queries, or over
 * their labels.
 *
 * @throws InvalidArgumentError as {@link recallAtK}.
 */
export function chanceRecallAtK(
  queryLabels: ArrayLike<number>,
  candidateLabels: ArrayLike<number>,
  { k, balanced = false }: { readonly k: number; readonly balanced?: boolean },
): number {
  if (!(Number.isInteger(k) && k >= 1) || queryLabels.length === 0) {
    throw new InvalidArgumentError(
      `chanceRecallAtK: k is ${k} for ${queryLabels.length} queries; expected a whole number from 1, and at least one ` +
        'query.',
    );
  }
  const counts = new Map<number, number>();
  for (let i = 0; i < candidateLabels.length; i++) {
    const label = candidateLabels[i] as number;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const total = candidateLabels.length;
  const labels = balanced ? [...new Set(Array.from(queryLabels))] : Array.from(queryLabels);
  const chance = (label: number): number => {
    const right = counts.get(label) ?? 0;
    let miss = 1;
    for (let i = 0; i < Math.min(k, total); i++) {
      miss *= Math.max(0, total - right - i) / (total - i);
    }
    return 1 - miss;
  };
  return labels.reduce((sum, label) => sum + chance(label), 0) / labels.length;
}
