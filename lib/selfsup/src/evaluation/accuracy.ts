/** A share of right answers and the number of cases it was counted on. */
export interface Accuracy {
  /** Between 0 and 1. */
  readonly accuracy: number;
  /** Number of cases. */
  readonly n: number;
}
