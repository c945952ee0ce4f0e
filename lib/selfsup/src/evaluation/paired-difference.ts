import { InvalidArgumentError } from '../runtime/errors';

/** Options of {@link pairedDifference}. */
export interface PairedDifferenceOptions {
  /**
   * Which group each case belongs to, where cases of a group are alike: words of one sentence, pictures of one scene. The
   * error is then that of drawing groups, not cases.
   */
  readonly clusters?: ArrayLike<number | string> | undefined;
}

/** What {@link pairedDifference} finds. */
export interface PairedDifference {
  /** Mean of the first minus mean of the second, in the unit of the numbers: of right and wrong answers a share. */
  readonly difference: number;
  /** Of the difference and in its unit: how far it would move with other cases; NaN for a single case or cluster. */
  readonly standardError: number;
  /** Number of cases. */
  readonly n: number;
}

/**
 * How far apart two means over the *same* cases are, and the standard error of that distance. What two models both find easy
 * or hard cancels, so that the error is smaller than if each had been judged on cases of its own: of differences
 * `d_i = a_i − b_i` with mean `d`, `√(Σ (d_i − d)² / (n (n − 1)))`. Of right and wrong answers it is McNemar's, of the
 * difference that was found; his test has the error if there were none, a little larger.
 *
 * With `clusters` the differences are first summed in each of `G` clusters: `√(G / (G − 1) Σ_g (Σ_{i ∈ g} (d_i − d))²) / n`.
 * With one case in each cluster this is the formula above.
 *
 * @param a One number for each case, such as `correct` of {@link knnAccuracy}.
 * @param b Those of the other model, for the same cases in the same order.
 * @throws InvalidArgumentError when the lengths differ or there is no case.
 * @see McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947; Liang and
 *   Zeger, "Longitudinal data analysis using generalized linear models", 1986, for clusters.
 *
 * @example
 * const trained = await frozenKnn(encoder, sets);
 * const untrained = await frozenKnn(random, sets);
 * const { difference, standardError } = pairedDifference(trained.correct, untrained.correct);
 */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { clusters }: PairedDifferenceOptions = {},
): PairedDifference {
  const n = a.length;
  if (n === 0 || b.length !== n || (clusters ?? a).length !== n) {
    const given = clusters === undefined ? '' : ` and ${clusters.length} clusters`;
    throw new InvalidArgumentError(
      `pairedDifference: ${n} and ${b.length} numbers${given}; expected as many of each, for the same cases, and 1 or more.`,
    );
  }
  const differences = Float64Array.from({ length: n }, (_, i) => Number(a[i]) - Number(b[i]));
  const difference = differences.reduce((sum, one) => sum + one, 0) / n;
  const sums = new Map<number | string, number>();
  for (const [i, one] of differences.entries()) {
    const cluster = clusters?.[i] ?? i;
    sums.set(cluster, (sums.get(cluster) ?? 0) + one - difference);
  }
  const count = sums.size;
  const squares = [...sums.values()].reduce((sum, one) => sum + one ** 2, 0);
  // One cluster says nothing of others: 0 / 0.
  const standardError = count === 1 ? Number.NaN : Math.sqrt((count / (count - 1)) * squares) / n;
  return { difference, standardError, n };
}
