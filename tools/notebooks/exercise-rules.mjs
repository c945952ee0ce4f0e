import { basename, dirname, join } from 'node:path';
import { hasElement } from './markdown.mjs';

const EXERCISES = 'exercises';
const SOLUTIONS = 'solutions';
/** What the learner's function returns until it is written. */
const PLACEHOLDER = /\bnotAttempted\b/;

/** What the library calls the answer to a task, by the task's check. */
const ANSWERS = {
  bagOfWords: 'bagOfWords',
  barlowTwinsLoss: 'barlowTwinsLoss',
  breakEven: 'breakEvenLabels',
  colorHistogram: 'colorHistograms',
  heldOutSentences: 'withoutHeldOutSentences',
  infoNceBound: 'infoNceBound',
  infoNceLoss: 'infoNceLoss',
  keyGroups: 'inBatchNormGroups',
  leakFreeTraining: 'leakFreeTraining',
  marginSampling: 'marginSampling',
  maskedMeanPooling: 'maskedMeanPooling',
  maskTokens: 'maskTokens',
  memoryQueue: 'enqueued',
  momentumSchedule: 'momentumSchedule',
  nearestMean: 'nearestMeanScores',
  ntXentLoss: 'ntXentLoss',
  patchMask: 'randomPatchMask',
  precisionAtK: 'precisionAtK',
  twoTowerLoss: 'twoTowerLoss',
  zeroShotWeights: 'zeroShotWeights',
};

/** Answers to a notebook's tasks that it imports, with the cells that do. */
function importedAnswers(notebook, checks) {
  const answers = new Set(checks.map((name) => ANSWERS[name]).filter(Boolean));
  return notebook.codeCells.flatMap((cell) =>
    [...cell.source.matchAll(/^import\b[^;]*?\bfrom\b/gm)]
      .flatMap(([names]) => names.match(/\w+/g))
      .filter((name) => answers.has(name))
      .map((name) => ({ name, cell })),
  );
}

/** @param {import('./notebook.mjs').Notebook} notebook */
function roleOf({ path }) {
  const folder = dirname(path);
  if (basename(folder) === EXERCISES) return 'exercise';
  return basename(folder) === SOLUTIONS && basename(dirname(folder)) === EXERCISES
    ? 'solution'
    : undefined;
}

/** Whether the notebook waits for the learner, so that it is committed without outputs. */
export function isExercise(notebook) {
  return roleOf(notebook) === 'exercise';
}

function counterpartOf(notebook) {
  const folder = dirname(notebook.path);
  const name = basename(notebook.path);
  return isExercise(notebook) ? join(folder, SOLUTIONS, name) : join(dirname(folder), name);
}

/** The checks that the notebook calls, in order. */
function checksOf(notebook) {
  return notebook.codeCells.flatMap(({ source }) =>
    [...source.matchAll(/^\s*(?:await )?check\.(\w+)\(/gm)].map(([, name]) => name),
  );
}

/**
 * An exercise and its solution come as a pair: the same tasks under the same name, each task with a hint and a check;
 * what the learner writes is open in the one and written in the other, and no import names the library's answer. An
 * exercise carries no outputs: they would be those of the reference.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @param {import('./notebook.mjs').Notebook[]} all
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function exercisePair(notebook, all) {
  const role = roleOf(notebook);
  if (role === undefined) return [];
  const findings = [];
  const found = (what, fix, cell) =>
    findings.push({ notebook: notebook.path, ...(cell && { cell: cell.position }), what, fix });

  const other = role === 'exercise' ? 'solution' : 'exercise';
  const counterpart = all.find(({ path }) => path === counterpartOf(notebook));
  const checks = checksOf(notebook);
  if (counterpart === undefined) {
    found(`it has no ${other}`, `write ${counterpartOf(notebook)}`);
  } else if (String(checks) !== String(checksOf(counterpart))) {
    found(
      `it checks ${checks.join(', ')}, its ${other} ${checksOf(counterpart).join(', ')}`,
      'give both the same tasks in the same order',
    );
  }
  for (const { name, cell } of importedAnswers(notebook, checks)) {
    found(
      `it imports ${name}, the answer to one of its tasks`,
      'leave it out: the check knows the answer, and ifPassed(yours) takes it from there',
      cell,
    );
  }
  if (role === 'solution') {
    for (const cell of notebook.codeCells.filter(({ source }) => PLACEHOLDER.test(source))) {
      found('the solution leaves a task open', 'replace notAttempted() by an answer', cell);
    }
    return findings;
  }

  const open = notebook.codeCells.filter(({ source }) => /\bnotAttempted\(\)/.test(source));
  if (open.length < checks.length || checks.length === 0) {
    found(
      `it has ${checks.length} checks and ${open.length} open tasks`,
      'give each task a cell that returns notAttempted(), and a check',
    );
  }
  for (const cell of open.filter(({ source }) => /^\s*(?:await )?check\./m.test(source))) {
    found('a task and its check share a cell', 'give the check a cell of its own', cell);
  }
  const hints = notebook.markdownCells.filter(({ source }) => hasElement(source, 'details'));
  if (hints.length < open.length) {
    found(
      `it has ${open.length} open tasks and ${hints.length} hints`,
      'give each task a hint that unfolds: <details><summary>Hint</summary>',
    );
  }
  for (const cell of notebook.codeCells) {
    if (cell.outputs.length > 0) {
      found('the exercise carries an output', 'clear the outputs; the solution shows them', cell);
    }
  }
  return findings;
}
