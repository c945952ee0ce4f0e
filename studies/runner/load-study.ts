import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '../../bench/options';
import type { Study } from './study';

/** The names of the studies in a folder. */
export function studyNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/**
 * Loads `NAME.ts` of a folder.
 *
 * @throws OptionError when there is none, or what it declares is no grid.
 */
export function loadStudy(folder: string, name: string): Study {
  const names = studyNames(folder);
  if (!names.includes(name)) {
    const expected =
      names.length === 0
        ? 'the folder has none, or is not there'
        : `expected one of ${names.join(', ')}`;
    throw new OptionError(`There is no study "${name}" in ${folder}; ${expected}.`);
  }
  const file = join(folder, `${name}.ts`);
  const { default: study } = require(file) as { default?: Study };
  if (typeof study?.measure !== 'function') {
    throw new OptionError(
      `${file} exports no study; expected "export default defineStudy({ … })".`,
    );
  }
  for (const [what, given] of [
    ['recipes', Object.keys(study.recipes)],
    ['data', study.data],
    ['seeds', study.seeds],
    ['columns', study.columns.map((column) => column.name)],
  ] as const) {
    if (given.length === 0 || new Set<unknown>(given).size < given.length) {
      throw new OptionError(
        `${file} has ${what}: [${given.join(', ')}]; expected at least one, each once.`,
      );
    }
  }
  return study;
}
