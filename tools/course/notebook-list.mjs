import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command-line.mjs';

/**
 * Names of the notebooks below a folder, without `.ipynb`, in reading order: first the folder's own, then its
 * subfolders' (`exercises/01-…`).
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function notebookNames(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`There is no folder "${folder}".`);
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ipynb'))
    .map((entry) => entry.name.slice(0, -'.ipynb'.length));
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      notebookNames(join(folder, entry.name)).map((name) => `${entry.name}/${name}`),
    );
  return [...own, ...below];
}

/**
 * Names of the lessons: the notebooks that are no exercises.
 *
 * @param {string} root of the course
 * @returns {string[]}
 */
export function lessonNames(root) {
  return notebookNames(join(root, 'notebooks')).filter((name) => !name.startsWith('exercises/'));
}

/**
 * The notebooks whose names begin with one of the given words: `03` chooses `03-nt-xent`, `exercises` all exercises.
 *
 * @param {string[]} names
 * @param {string[]} only all notebooks when empty
 * @throws UsageError when a word chooses nothing.
 */
export function chooseNotebooks(names, only) {
  if (names.length === 0)
    throw new UsageError('There is no notebook to execute: the folder has none.');
  if (only.length === 0) return names;
  const chosen = new Set();
  for (const given of only) {
    const word = given.replace(/\.ipynb$/, '').replace(/^notebooks\//, '');
    const found = names.filter(
      (name) => name === word || name.startsWith(`${word}-`) || name.startsWith(`${word}/`),
    );
    if (found.length === 0) {
      throw new UsageError(`No notebook is called "${given}". There are: ${names.join(', ')}.`);
    }
    for (const name of found) chosen.add(name);
  }
  return names.filter((name) => chosen.has(name));
}
