import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SeedSummary, SelfSupError } from 'selfsup';
import { parseLosslessJson } from 'selfsup/training/files';
import { courseDataFolder } from '../data/course-data-folder';

/** The numbers of a study could not be read. */
export class StudyRowsError extends SelfSupError {}

/** A recipe on one data set, over its seeds: a row of a study's table. */
export interface StudyRow {
  readonly recipe: string;
  /** What the recipe fixes, by name; empty where they were not saved. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly data: string;
  /** By the names of the study's columns. */
  readonly summaries: Readonly<Record<string, SeedSummary>>;
}

/** Options of {@link studyRows}. */
export interface StudyRowsOptions {
  /** Folder of the numbers. Default: `studies` of the course. */
  readonly dir?: string;
}

/** A row of the file in which a study's numbers are saved. */
export interface SavedStudyRow {
  readonly recipe: string;
  /** What the recipe fixes; not in files of before. */
  readonly parameters?: StudyRow['parameters'];
  readonly data: string;
  readonly seeds: readonly number[];
  /** One value for each seed, by column. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/**
 * The numbers of a study of the course as it was last saved (`npm run study -- NAME --save`): what takes too long for a
 * notebook is measured there, and read here.
 *
 * @param name of the study, such as `simclr-parts`.
 * @returns Its rows in the order of the study, each with the value of every seed.
 * @throws StudyRowsError when there are no such numbers.
 * @example
 * const [first] = await studyRows('simclr-parts');
 * first.summaries.testProbe.percent(); // 50.3 ± 0.5 %
 */
export async function studyRows(
  name: string,
  { dir = join(dirname(courseDataFolder()), 'studies') }: StudyRowsOptions = {},
): Promise<StudyRow[]> {
  const file = join(dir, `${name}.json`);
  try {
    const saved = parseLosslessJson(await readFile(file, 'utf8')) as SavedStudyRow[];
    return saved.map(({ recipe, parameters = {}, data, seeds, values }) => ({
      recipe,
      parameters,
      data,
      summaries: Object.fromEntries(
        Object.entries(values).map(([column, own]) => [column, new SeedSummary(seeds, own)]),
      ),
    }));
  } catch (cause) {
    throw new StudyRowsError(
      `The numbers of the study ${name} could not be read from ${file} (${(cause as Error).message}). They come with a ` +
        `clone of the course: restore them with "git checkout -- studies", or measure them with "npm run study -- ${name} --save".`,
      { cause },
    );
  }
}
