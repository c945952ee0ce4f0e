import { readFile } from 'node:fs/promises';
import { parseLosslessJson } from 'selfsup/training/files';
import type { SavedStudyRow } from 'selfsup-course';
import { OptionError } from '../../bench/options';
import type { Task } from './grid';
import { rowsOf } from './report';
import type { StudyResult } from './result-file';
import type { Study } from './study';

/** What is saved of one measurement beside its numbers. */
type SavedRun = Pick<StudyResult, 'digest' | 'seconds' | 'finished' | 'version' | 'machine'>;

/** A row of the file that `--save` writes beside the study. */
export interface SavedRow extends SavedStudyRow {
  /** How each seed was measured; files of before have none, and no study goes on from those. */
  readonly runs?: readonly SavedRun[];
}

/** The rows of a study, for notebooks and other programs, and to go on from on another machine. */
export function savedRows(study: Study, results: readonly StudyResult[]): SavedRow[] {
  return rowsOf(study, results).map(({ recipe, parameters, data, summaries }) => {
    const seeds = Object.values(summaries)[0]?.seeds ?? [];
    return {
      recipe,
      parameters,
      data,
      seeds,
      values: Object.fromEntries(
        Object.entries(summaries).map(([name, { values }]) => [name, values]),
      ),
      runs: seeds.map((seed) => {
        const { digest, seconds, finished, version, machine } = results.find(
          ({ configuration: of }) => of.recipe === recipe && of.data === data && of.seed === seed,
        ) as StudyResult;
        return { digest, seconds, finished, version, machine };
      }),
    };
  });
}

/** Who reads the saved numbers, and what to do where they are none. */
const GO_ON = {
  option: '--from-saved',
  advice: 'Restore the file, or leave the option out: everything is then measured here.',
};
const SAVE_A_PART = {
  option: '--save',
  advice: 'Restore or delete the file and give the same command again: what was measured is kept.',
};

async function readRows(
  file: string,
  { option, advice }: typeof GO_ON,
): Promise<readonly SavedRow[]> {
  try {
    const rows = parseLosslessJson(await readFile(file, 'utf8'));
    if (!Array.isArray(rows)) throw new Error('it holds no rows');
    return rows;
  } catch (error) {
    throw new OptionError(
      `${option}: the saved numbers could not be read from ${file} (${(error as Error).message}). ${advice}`,
    );
  }
}

/**
 * All seeds of the numbers to which a part is to be added.
 *
 * @throws OptionError naming the file when it holds something else.
 */
export async function savedSeeds(file: string): Promise<number[]> {
  return (await readRows(file, SAVE_A_PART)).flatMap(({ seeds }) => [...seeds]);
}

/**
 * The saved results of tasks whose recipe is what it was. Of their numbers they have the columns alone.
 *
 * @throws OptionError naming the file when there is none, or it holds something else.
 */
export async function readSavedResults(
  file: string,
  tasks: readonly Task[],
): Promise<Map<Task, StudyResult>> {
  const rows = await readRows(file, GO_ON);
  const found = new Map<Task, StudyResult>();
  for (const task of tasks) {
    for (const { values, runs = [] } of rows) {
      const at = runs.findIndex(({ digest }) => digest === task.digest);
      const run = runs[at];
      if (run === undefined) continue;
      const { study, configuration } = task;
      const measured = Object.fromEntries(
        Object.entries(values).map(([name, own]) => [name, own[at] ?? Number.NaN]),
      );
      found.set(task, { ...run, study, configuration, measured });
    }
  }
  return found;
}
