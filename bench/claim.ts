/** Something that a row of the table is to reach, on every processor. */
export interface Claim {
  /** Its name among those of the row; what was saved is found by it, also after a target has changed. */
  readonly id: string;
  /** For instance `≥ 1.1 × TensorFlow's tf.function`. */
  readonly claim: string;
  /** The number that is to be reached, or not to be passed. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
}

/** What was measured for a claim. */
export interface Finding {
  /** The number that the bound is held against. */
  readonly value: number;
  /** For instance `1.03 × (rounds: 0.99–1.06)`. */
  readonly reached: string;
}

/** What was to be reached, and what was. */
export interface Verdict {
  readonly claim: string;
  /** A finding's words; `not measured` where a side is missing. */
  readonly reached: string;
  /** `null` when not measured. */
  readonly met: boolean | null;
}

export const NOT_MEASURED = 'not measured';

/** Holds a finding against a claim. */
export function verdictOf({ claim, bound }: Claim, finding: Finding | null | undefined): Verdict {
  if (finding === null || finding === undefined) return { claim, reached: NOT_MEASURED, met: null };
  const { value, reached } = finding;
  const met = 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
  return { claim, reached, met };
}
