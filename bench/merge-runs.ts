import type { RowResult } from './row';
import type { MeasuredRun, SavedRow } from './saved-run';

/** Why a saved row stays: this run has not measured it, could not, or lacks these sides (their labels). */
export type KeptBecause = 'not measured' | 'failed' | { readonly without: readonly string[] };

/** A saved row that a run does not replace. */
export interface KeptRow {
  readonly name: string;
  /** When it was measured. */
  readonly date: string;
  readonly because: KeptBecause;
}

/** What became of a run that was to be saved. */
export interface Saving {
  /** Names of its rows that were saved. */
  readonly saved: readonly string[];
  readonly kept: readonly KeptRow[];
}

/**
 * Which rows of a run are kept, and which ones of the runs before it on the same processor.
 *
 * A row takes the place of an older one unless it lacks a side which that one has, or failed; a row that the run has not
 * measured stays, with the run that did. So no run loses what another has measured. A row is never put together from two runs,
 * since a ratio holds only between sides that were measured in turn.
 */
export function mergeRuns(
  saved: readonly MeasuredRun[],
  results: readonly RowResult[],
): {
  readonly accepted: readonly RowResult[];
  readonly kept: readonly KeptRow[];
  /** The runs of which rows are kept, with these rows alone. */
  readonly earlier: readonly MeasuredRun[];
} {
  const kept = saved.flatMap(({ date, rows }) =>
    rows.flatMap((row): KeptRow[] => {
      const result = results.find(({ name }) => name === row.name);
      const because = whyKept(row, result);
      return because === null ? [] : [{ name: row.name, date, because }];
    }),
  );
  const isKept = ({ name }: { readonly name: string }) => kept.some((row) => row.name === name);
  return {
    accepted: results.filter((result) => !isKept(result)),
    kept,
    earlier: saved
      .map((run) => ({ ...run, rows: run.rows.filter(isKept) }))
      .filter(({ rows }) => rows.length > 0),
  };
}

/** Why a result does not take the place of a saved row; `null` where it does. */
function whyKept(saved: SavedRow, result: RowResult | undefined): KeptBecause | null {
  if (result === undefined) return 'not measured';
  if (saved.failure !== undefined) return null;
  if (result.failure !== undefined) return 'failed';
  // Where the saved row does not say which sides it has, it may have any.
  const without = result.sides
    .filter(({ id, measured }) => !measured && (saved.sides?.includes(id) ?? true))
    .map(({ label }) => label);
  return without.length === 0 ? null : { without };
}

/** What was saved, what was kept instead and why, for the terminal. */
export function describeSaving({ saved, kept }: Saving): string {
  const because = (row: KeptRow): string => {
    if (row.because === 'not measured') return 'not measured in this run';
    if (row.because === 'failed') return 'failed in this run';
    return `this run is without ${row.because.without.join('; ')}`;
  };
  return [
    saved.length === 0
      ? 'Nothing of this run was saved in bench/results.'
      : `Saved in bench/results: ${saved.join(', ')}.`,
    ...(kept.length === 0 ? [] : ['Kept as it was measured before:']),
    ...kept.map((row) => `- ${row.name}, of ${row.date.slice(0, 10)}: ${because(row)}.`),
    ...(kept.some((row) => typeof row.because === 'object')
      ? [
          'A row is replaced as a whole and only by one with all its sides: a ratio never mixes runs, and none is lost. ' +
            'bench/README.md says how to measure the missing sides.',
        ]
      : []),
  ].join('\n');
}
