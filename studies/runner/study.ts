import type { Figure, OnProgress, SeedSummary } from 'selfsup';

/** What a recipe fixes, by name. Everything that changes its numbers belongs here: a kept result is found by it. */
export type Recipe = Readonly<Record<string, string | number | boolean>>;

/** One cell of the grid: what one process measures. */
export interface Configuration<R extends Recipe = Recipe> {
  readonly recipe: string;
  readonly parameters: R;
  readonly data: string;
  readonly seed: number;
  /** 1; something else for a shorter or longer run of the same kind (`--scale`). */
  readonly scale: number;
}

/** The numbers of one configuration by name; they may be infinite or NaN. */
export type Measured = Readonly<Record<string, number>>;

/** A column of the table. */
export interface Column {
  /** The number's name in what `measure` returns. */
  readonly name: string;
  readonly title: string;
  /** `percent` for a share between 0 and 1. Default `number`. */
  readonly unit?: 'percent' | 'number';
  /** Default 1 for shares, 2 for numbers. */
  readonly decimals?: number;
}

/** A recipe on one data set, over its seeds: a row of the table. */
export interface StudyRow<R extends Recipe = Recipe> {
  readonly recipe: string;
  readonly parameters: R;
  readonly data: string;
  /** By the names of the columns; empty while nothing of this row is measured. */
  readonly summaries: Readonly<Record<string, SeedSummary>>;
}

/** A grid of recipes × data × seeds, and what is measured in each of its cells. */
export interface Study<R extends Recipe = Recipe> {
  readonly title: string;
  /** What the table's reader must know: splits, counts, how choices were made. */
  readonly about: string;
  /** Raised when `measure`, or what it calls, comes to mean something else: results of before are then not used. */
  readonly revision: number;
  readonly recipes: Readonly<Record<string, R>>;
  readonly data: readonly string[];
  readonly seeds: readonly number[];
  readonly columns: readonly Column[];
  /**
   * Measures one configuration, in a process of its own.
   *
   * @throws NotMeasurableHere where this machine lacks what the recipe needs; any other error is a failure.
   */
  measure(
    configuration: Configuration<R>,
    context: { readonly onProgress: OnProgress },
  ): Promise<Measured> | Measured;
  /** Drawn from the rows that have numbers. Default, and for `null`: bars of the first column. */
  readonly chart?: (rows: readonly StudyRow<R>[]) => Figure | null;
}

/** Gives a study's parts their types: `export default defineStudy({ … })`. */
export function defineStudy<R extends Recipe>(study: Study<R>): Study<R> {
  return study;
}

/** Thrown by `measure`: this machine lacks what the recipe needs. It is said, and is no failure. */
export class NotMeasurableHere extends Error {}
