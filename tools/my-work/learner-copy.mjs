import { createHash } from 'node:crypto';
import { SetupError } from '../setup/setup-error.mjs';

/** Stands first among the outputs of a cell and goes with them when the cell is run. */
const COURSE_RUN = 'From the course’s run, not yours: run this cell to see your own.';

const MARK = {
  output_type: 'display_data',
  data: { 'text/html': `<small><em>${COURSE_RUN}</em></small>`, 'text/plain': COURSE_RUN },
  metadata: { selfsup: { outputsOf: 'course' } },
};

const NOTE = `> **These notebooks are your own copies.** Run and change them as you like: updating the course (\`git pull\`) does not touch
> them. Outputs are those of the course’s run, and say so, until you run their cell. To start one afresh, rename or delete
> yours and run \`npm start\` again. Where the course changes a notebook that you changed too, yours stays.`;

/** @param {any} cell */
function markOutputs(cell) {
  if (cell.cell_type !== 'code') return cell;
  const outputs = cell.outputs.map((output) =>
    'execution_count' in output ? { ...output, execution_count: null } : output,
  );
  return {
    ...cell,
    execution_count: null,
    outputs: outputs.length === 0 ? [] : [MARK, ...outputs],
  };
}

function parsed(path, bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new SetupError(
      `notebooks/${path} is no notebook (${message}); "git checkout notebooks/${path}" brings the course's back.`,
      { cause: error },
    );
  }
}

/**
 * What a learner gets of a file of the course. In a notebook no cell counts as run and each cell's outputs say whose they
 * are; the contents say what these copies are; any other file is the same.
 *
 * @param {string} path below the folder of notebooks
 * @param {Buffer} bytes of the course's file
 * @returns {Buffer}
 * @throws SetupError when a notebook cannot be read
 */
export function learnerCopy(path, bytes) {
  if (path.endsWith('.ipynb')) {
    const notebook = parsed(path, bytes);
    const cells = notebook.cells.map(markOutputs);
    return Buffer.from(`${JSON.stringify({ ...notebook, cells }, null, 1)}\n`);
  }
  if (path === 'README.md') {
    // A function, for a text may not hold "$&" by accident.
    return Buffer.from(bytes.toString().replace(/^# .*\n/, (title) => `${title}\n${NOTE}\n`));
  }
  return bytes;
}

/** nbformat stores a text as one string or as a list of lines, and keys in any order. */
function plain(value) {
  if (Array.isArray(value)) {
    const isText = value.length > 0 && value.every((part) => typeof part === 'string');
    return isText ? value.join('') : value.map(plain);
  }
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, plain(value[key])]));
}

/** What a person could have changed: JupyterLab writes a notebook that was only opened in another layout. */
function work(bytes) {
  try {
    return JSON.stringify(JSON.parse(bytes.toString()).cells.map(plain));
  } catch {
    return bytes;
  }
}

/**
 * The same for two files of this path exactly where a person's work in them is the same: all of a notebook's cells with
 * their outputs, every byte of another file.
 *
 * @param {string} path
 * @param {Buffer} bytes
 * @returns {string}
 */
export function fingerprint(path, bytes) {
  const content = path.endsWith('.ipynb') ? work(bytes) : bytes;
  return createHash('sha256').update(content).digest('hex');
}
