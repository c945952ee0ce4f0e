import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';

/** Options of {@link marginSampling}. */
export interface MarginSamplingOptions {
  /** How many pictures to choose; all, where there are fewer. */
  readonly count: number;
}

/**
 * Which pictures to label next: those whose best class is the least ahead of the second best. The **margin** is the largest
 * score less the second largest; the smallest margins are chosen, the least certain picture first.
 *
 * @param scores `scores[i][c]` of picture `i` and class `c`: probabilities, logits or cosines, `[n, classes]` with two classes or more.
 * @returns Positions; of equal margins the smaller position first.
 * @throws InvalidArgumentError when a picture has fewer than two scores or one that is NaN, or `count` is not a whole number from 1.
 * @see Scheffer, Decomain, Wrobel, "Active Hidden Markov Models for Information Extraction", 2001; Settles, "Active Learning Literature
 *   Survey", 2009, section 3.1.
 */
export function marginSampling(
  scores: readonly ArrayLike<number>[],
  { count }: MarginSamplingOptions,
): Int32Array {
  assertCount('marginSampling', 'count', count);
  const margins = scores.map(marginOf);
  const order = margins.map((_, position) => position);
  // Array.sort is stable: equal margins stay in the order of their positions. Infinity − Infinity would be NaN.
  order.sort((a, b) => {
    const [first, second] = [margins[a] as number, margins[b] as number];
    return first === second ? 0 : first - second;
  });
  return Int32Array.from(order.slice(0, count));
}

/** The largest number less the second largest; Infinity where the second is −∞, a class without labels. */
function marginOf(row: ArrayLike<number>, position: number): number {
  if (row.length < 2) {
    throw new InvalidArgumentError(
      `marginSampling: picture ${position} has ${row.length} scores; expected one for each class, and two classes or more.`,
    );
  }
  let [best, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let c = 0; c < row.length; c++) {
    const score = row[c] as number;
    if (Number.isNaN(score)) {
      throw new InvalidArgumentError(
        `marginSampling: picture ${position} has the score NaN for class ${c}; expected numbers.`,
      );
    }
    if (score > best) [best, second] = [score, best];
    else if (score > second) second = score;
  }
  return best === second ? 0 : best - second;
}
