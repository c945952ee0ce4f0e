import type { Figure } from 'selfsup';
import type { Claim, Finding } from './claim';
import type { Programs } from './python-library';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface RowResult {
  /** The row's name. */
  readonly name: string;
  readonly title: string;
  readonly table: Table;
  /** What was found, by the id of the claim; one of which a side is missing has none. */
  readonly findings: Readonly<Record<string, Finding>>;
  /** Why nothing could be measured. */
  readonly failure?: string;
  /** What was done, so that the numbers can be judged. */
  readonly notes: readonly string[];
  /** Engines of the sides. */
  readonly engines: readonly string[];
  /** Charts by the name of their file. */
  readonly charts?: Readonly<Record<string, () => Promise<Figure>>>;
}

export interface MeasuringOptions {
  /** What runs the Python sides. */
  readonly programs: Programs;
  /** Whether the processor multiplies bfloat16 numbers; without, such sides are not measured. */
  readonly bfloat16: boolean;
  readonly quick: boolean;
}

/** One line of the table that `npm run bench` measures. */
export interface Row {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  readonly claims: readonly Claim[];
  readonly measure: (options: MeasuringOptions) => Promise<RowResult>;
}
