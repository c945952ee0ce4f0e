import type { Figure } from 'selfsup';

/** What was to be reached, and what was. */
export interface Verdict {
  /** For instance `≥ 1.0 × Python tf.function`. */
  readonly claim: string;
  /** For instance `1.03 × (0.99–1.06 in the rounds)`; `not measured` where a side is missing. */
  readonly reached: string;
  /** `null` when not measured. */
  readonly met: boolean | null;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface RowResult {
  readonly title: string;
  readonly table: Table;
  readonly verdicts: readonly Verdict[];
  /** What was done, so that the numbers can be judged. */
  readonly notes: readonly string[];
  /** Engines of the sides. */
  readonly engines: readonly string[];
  /** Charts by the name of their file. */
  readonly charts?: Readonly<Record<string, () => Promise<Figure>>>;
}

export interface MeasuringOptions {
  /** Program that runs the Python sides; `null` where there is none with TensorFlow. */
  readonly python: string | null;
  /** Whether the processor multiplies bfloat16 numbers; without, such sides are not measured. */
  readonly bfloat16: boolean;
  readonly quick: boolean;
}

/** One line of the table that `npm run bench` measures. */
export interface Row {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  readonly measure: (options: MeasuringOptions) => Promise<RowResult>;
}

export const NOT_MEASURED = 'not measured';
