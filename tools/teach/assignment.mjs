import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
  const given = name === '' ? 'No exercise was named' : `There is no exercise "${name}"`;
  throw new SetupError(`${given}; expected one of ${names.join(', ')}.`);
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

/**
 * The names that a piece of TypeScript uses and does not declare, globals among them.
 *
 * @param {string} code
 */
function freeNames(code) {
  // Loaded only now: the set-up may have installed it a moment ago.
  const ts = createRequire(import.meta.url)('typescript');
  const file = ts.createSourceFile('task.ts', code, ts.ScriptTarget.ES2022, true);
  const host = {
    ...ts.createCompilerHost({}),
    getSourceFile: (/** @type {string} */ name) => (name === 'task.ts' ? file : undefined),
  };
  const options = { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2022 };
  const checked = ts.createProgram(['task.ts'], options, host).getSemanticDiagnostics(file);
  // "Cannot find name", "… Did you mean", "No value exists in scope for the shorthand property".
  const unknown = checked.filter((/** @type {{ code: number }} */ { code }) =>
    [2304, 2552, 18004].includes(code),
  );
  return unknown.map((/** @type {{ start: number, length: number }} */ { start, length }) =>
    code.slice(start, start + length),
  );
}

/**
 * The imports of the first cell, without the data that it loads, and the constants of one line that tasks use, each with those
 * that it uses itself.
 *
 * @param {{ type: string, source: string }[]} cells of the exercise
 * @param {string[]} tasks the answers and the checks
 */
function header(cells, tasks) {
  const code = cells.filter(({ type }) => type === 'code').map(({ source }) => source);
  const imports = (code[0] ?? '').match(/^import [\s\S]*?;$/gm) ?? [];
  const constants = code.flatMap((source) => [
    ...source.matchAll(/^(const (\w+) = .*;)(?: *\/\/.*)?$/gm),
  ]);
  const used = new Set(tasks.flatMap(freeNames));
  /** @type {string[]} */
  const kept = [];
  for (const [, line = '', name = ''] of constants.reverse()) {
    if (!used.has(name)) continue;
    for (const free of freeNames(line)) used.add(free);
    kept.unshift(line);
  }
  return [...imports, ...kept].join('\n');
}

/** The text of a task from its heading, without links into the course: a learner's copy may lie anywhere. */
function taskText(source) {
  const heading = source.search(/^## ✏️/m);
  return source.slice(Math.max(heading, 0)).replaceAll(/\[([^\]]+)\]\((?![a-z]+:)[^)]*\)/g, '$1');
}

function introduction(name) {
  return (
    `The tasks of the exercise \`notebooks/exercises/${name}.ipynb\`, without its trainings. Write your code in the place of ` +
    '`notAttempted()`, run its cell, then the check below it. Other inputs than the check’s are tried when it is graded; a call of ' +
    'the library’s own function earns nothing.\n\nThe imports are those of the whole exercise: the tasks need only some of them.'
  );
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
  /** @type {object[]} */
  const cells = [];
  const tasks = [];
  for (const [at, { type, source }] of open.entries()) {
    if (type !== 'code' || !source.includes('return notAttempted()')) continue;
    const checkSource = open.slice(at + 1).find((one) => one.type === 'code')?.source ?? '';
    const check = checkOf(checkSource);
    const solution = solved[at]?.source ?? '';
    if (check === undefined) {
      throw new SetupError(`${name}: the cell after task ${at + 1} is no check of one function.`);
    }
    const text = open.slice(0, at).findLast((one) => one.type === 'markdown')?.source ?? '';
    tasks.push(`${solution}\n${checkSource}`);
    cells.push(
      cell('markdown', `${check.task}-text`, taskText(text)),
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
  const heading = (open[0]?.source ?? '').split('\n')[0];
  cells.unshift(
    cell('markdown', 'title', `${heading}: graded tasks\n\n${introduction(name)}`),
    cell('code', 'imports', header(open, tasks), marks('imports', { locked: true })),
  );
  const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };
  const language_info = { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' };
  return { cells, metadata: { kernelspec, language_info }, nbformat: 4, nbformat_minor: 5 };
}
