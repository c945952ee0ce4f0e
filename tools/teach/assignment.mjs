import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notebookNames } from '../course/notebook-list.mjs';
import { textOf } from '../notebooks/notebook.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/** Points of a task. */
const POINTS = 4;

/** Tasks whose right answers differ from call to call: their properties alone earn points. */
const RANDOM_RESULTS = new Set(['augmentation', 'probeGradients']);

/** The names of the exercises: `3-moco`. */
export function assignmentNames(root) {
  // Solutions are in a folder below.
  return notebookNames(join(root, 'notebooks', 'exercises')).filter((name) => !name.includes('/'));
}

/** @throws SetupError when there is no exercise of that name */
export function assertAssignment(root, name) {
  const names = assignmentNames(root);
  if (names.includes(name)) return;
  throw new SetupError(`There is no exercise "${name}"; expected one of ${names.join(', ')}.`);
}

function readCells(file) {
  return JSON.parse(readFileSync(file, 'utf8')).cells.map((cell) => ({
    type: cell.cell_type,
    source: textOf(cell.source),
  }));
}

/** How many lines two texts have in common at their beginning. */
function commonStart(a, b) {
  const end = a.findIndex((line, at) => line !== b[at]);
  return end < 0 ? a.length : end;
}

/**
 * The exercise's cell with the solution's lines where the learner is to write, between nbgrader's marks.
 *
 * @throws SetupError when the two cells no longer belong together
 */
export function solvedCell(name, exercise, solution) {
  const [open, solved] = [exercise.split('\n'), solution.split('\n')];
  const gap = open.findIndex((line) => line.includes('notAttempted()'));
  const [head, tail] = [open.slice(0, gap), open.slice(gap + 1)];
  // A solution may say something before the function: that goes into it.
  const last = head.at(-1) ?? '';
  const at = solved.indexOf(last);
  const before = solved.slice(0, at + 1).slice(0, -head.length);
  const kept = commonStart([...tail].reverse(), [...solved].reverse());
  if (at < 0 || kept < tail.length || solved.slice(before.length, at + 1).join() !== head.join()) {
    throw new SetupError(
      `${name}: the task "${last.trim()}" and its solution no longer have the same first and last lines; ` +
        'make notebooks/exercises and its solutions agree.',
    );
  }
  const indented = before.filter((line) => line !== '').map((line) => `  ${line}`);
  const body = [...indented, ...solved.slice(at + 1, solved.length - tail.length)];
  return [...head, '  // BEGIN SOLUTION', ...body, '  // END SOLUTION', ...tail].join('\n');
}

/** The names that a check cell speaks of: `check.infoNceLoss(yourInfoNce, { … });`. */
function checkOf(source) {
  const found = /^check\.(\w+)\((\w+)(?:, ([\s\S]*))?\);?\s*$/.exec(source.trim());
  if (found === null) return undefined;
  const [, task = '', learner = '', options] = found;
  return { task, learner, options };
}

/** Shown: the learner's check. Hidden: the points, with the solution as the reference for other inputs. */
function gradingCell(source, solution) {
  const { task, learner, options } = checkOf(source) ?? {
    task: '',
    learner: '',
    options: undefined,
  };
  const reference = learner.replace(/^your/, 'reference');
  const isRandom = RANDOM_RESULTS.has(task);
  // Its function and its types under other names, so that they depend on nothing that a learner may change.
  const types = [...solution.matchAll(/^type (\w+)/gm)].map(([, type = '']) => type);
  const renamed = {
    [learner]: reference,
    ...Object.fromEntries(types.map((type) => [type, `Reference${type}`])),
  };
  const answer = solution.replaceAll(/\w+/g, (word) => renamed[word] ?? word);
  const more = options === undefined ? '' : `, ${options}`;
  return [
    source,
    '// BEGIN HIDDEN TESTS',
    ...(isRandom ? [] : [answer]),
    `require(process.env.SELFSUP_POINTS!).points('${task}', ${learner}, ${isRandom ? 'null' : reference}, ${POINTS}${more});`,
    '// END HIDDEN TESTS',
  ].join('\n');
}

function cell(type, id, source, nbgrader) {
  const common = { cell_type: type, id, metadata: nbgrader ? { nbgrader } : {}, source };
  return type === 'code' ? { ...common, execution_count: null, outputs: [] } : common;
}

function marks(grade_id, marked) {
  const none = { grade: false, solution: false, locked: false, task: false };
  return { schema_version: 3, grade_id, ...none, ...marked };
}

/** The imports of the first cell, without the data that it loads, and the constant that tasks use. */
function header(cells) {
  const first = cells.find(({ type }) => type === 'code')?.source ?? '';
  const imports = first.match(/^import [\s\S]*?;$/gm) ?? [];
  const size = cells
    .flatMap(({ source }) => source.match(/^const size = \d+;/gm) ?? [])
    .slice(0, 1);
  return [...imports, ...size].join('\n');
}

/**
 * nbgrader's source of an assignment, made from an exercise and its solution: the tasks, each with its check, and
 * nothing that trains.
 *
 * @param {string} root
 * @param {string} name such as `3-moco`
 * @returns {object} a notebook
 * @throws SetupError when there is no such exercise, or when it and its solution do not belong together
 */
export function assignmentSource(root, name) {
  assertAssignment(root, name);
  const folder = join(root, 'notebooks', 'exercises');
  const open = readCells(join(folder, `${name}.ipynb`));
  const solved = readCells(join(folder, 'solutions', `${name}.ipynb`));
  const cells = [
    cell(
      'markdown',
      'title',
      `${(open[0]?.source ?? '').split('\n')[0]}: graded tasks\n\nThe tasks of [the exercise](../../notebooks/exercises/${name}.ipynb), without its trainings. Write your code in the place of \`notAttempted()\`, run its cell, then the check below it. Other inputs than the check’s are tried when it is graded; a call of the library’s own function earns nothing.`,
    ),
    cell('code', 'imports', header(open), marks('imports', { locked: true })),
  ];
  for (const [at, { type, source }] of open.entries()) {
    if (type !== 'code' || !source.includes('return notAttempted()')) continue;
    const checkSource = open.slice(at + 1).find((one) => one.type === 'code')?.source ?? '';
    const check = checkOf(checkSource);
    const solution = solved[at]?.source ?? '';
    if (check === undefined) {
      throw new SetupError(`${name}: the cell after task ${at + 1} is no check of one function.`);
    }
    const text = open.slice(0, at).findLast((one) => one.type === 'markdown')?.source ?? '';
    cells.push(
      cell('markdown', `${check.task}-text`, text),
      cell(
        'code',
        `${check.task}-answer`,
        solvedCell(name, source, solution),
        marks(`${check.task}-answer`, { solution: true }),
      ),
      cell(
        'code',
        `${check.task}-check`,
        gradingCell(checkSource, solution),
        marks(`${check.task}-check`, { grade: true, locked: true, points: POINTS }),
      ),
    );
  }
  const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };
  const language_info = { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' };
  return { cells, metadata: { kernelspec, language_info }, nbformat: 4, nbformat_minor: 5 };
}
