import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One thing to fix.
 *
 * @typedef {object} Finding
 * @property {string} notebook path of the notebook
 * @property {number} [cell] its place among all cells, from 1
 * @property {number} [line] line in the cell, from 1
 * @property {string} what what is wrong
 * @property {string} fix how to fix it
 */

/** @typedef {{ position: number, type: string, source: string, metadata: object, id?: string, executionCount: number | null, outputs: object[] }} Cell */

/** nbformat stores text as one string or as a list of lines. */
export function textOf(value) {
  return Array.isArray(value) ? value.join('') : (value ?? '');
}

/** A notebook as the rules see it. */
export class Notebook {
  /**
   * @param {string} path where it is, or would be; imports and links start there
   * @param {object} content the parsed file
   * @param {number} size bytes of the file
   */
  constructor(path, content, size = 0) {
    this.path = path;
    this.size = size;
    this.metadata = content.metadata ?? {};
    this.format = content.nbformat;
    /** @type {Cell[]} */
    this.cells = content.cells.map((cell, index) => ({
      position: index + 1,
      type: cell.cell_type,
      source: textOf(cell.source),
      metadata: cell.metadata ?? {},
      id: cell.id,
      executionCount: cell.execution_count ?? null,
      outputs: cell.outputs ?? [],
    }));
  }

  get codeCells() {
    return this.cells.filter(({ type }) => type === 'code');
  }

  get markdownCells() {
    return this.cells.filter(({ type }) => type === 'markdown');
  }
}

/**
 * All notebooks below a folder, in reading order.
 *
 * @param {string} folder
 */
export function readNotebooks(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ipynb'));
  const folders = entries.filter((entry) => entry.isDirectory());
  return [
    ...files.map(({ name }) => {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      return new Notebook(path, JSON.parse(text), Buffer.byteLength(text));
    }),
    ...folders.flatMap(({ name }) => readNotebooks(join(folder, name))),
  ];
}
