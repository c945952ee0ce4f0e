import type { Figure } from 'selfsup';
import type { Claim, Finding } from './claim';
import type { Programs } from './python-library';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A side that a row compares. */
export interface RowSide {
  /** What claims call it. */
  readonly id: string;
  readonly label: string;
  /** Not where nothing runs it, as without a Python. */
  readonly measured: boolean;
}

/** What is printed of a row. */
export interface RowReport {
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
}

export interface RowResult extends RowReport {
  /** All sides that the row compares; none where only this project is measured. */
  readonly sides: readonly RowSide[];
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
