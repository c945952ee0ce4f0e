/** A share of right answers and the number of cases it was counted on. */
export interface Accuracy {
  /** Between 0 and 1. */
  readonly accuracy: number;
  /** Number of cases. */
  readonly n: number;
}

/** An accuracy and the cases it was counted from, for comparisons on the same cases: see `pairedDifference`. */
export interface CasewiseAccuracy extends Accuracy {
  /** Of each case in its order: 1 where the answer was right, 0 where it was not. */
  readonly correct: Uint8Array;
}

/**
 * The share of predicted classes that are right.
 *
 * @internal
 */
export function casewiseAccuracy(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
): CasewiseAccuracy {
  const n = labels.length;
  const correct = Uint8Array.from({ length: n }, (_, i) => Number(predicted[i] === labels[i]));
  return { accuracy: correct.reduce((sum, right) => sum + right, 0) / n, n, correct };
}
