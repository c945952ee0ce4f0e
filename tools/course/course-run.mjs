import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { counted } from '../setup/counted.mjs';
import { closingTable, failureText } from './closing-table.mjs';
import { conditionsOf, recordOf } from './conditions.mjs';
import { runNotebooksOnCluster } from './dask-notebooks.mjs';
import { loadersIn, prepareData } from './data-preparation.mjs';
import { runNotebook } from './notebook-run.mjs';
import { ProgressDisplay } from './progress-display.mjs';

/** Exit status of a program ended by Ctrl-C. */
const INTERRUPTED = 130;

/**
 * Executes notebooks, `jobs` at a time, and prints progress, failures and the closing table.
 *
 * @param {string[]} names of the notebooks, as `chooseNotebooks` gives them
 * @param {ReturnType<import('./options.mjs').courseOptions>} options
 * @param {object} surroundings
 * @param {string} surroundings.python the interpreter that has nbclient
 * @param {NodeJS.ProcessEnv} surroundings.env what kernels inherit
 * @param {NodeJS.WriteStream} surroundings.stream where everything is printed
 * @param {AbortSignal} surroundings.signal ends the run and its kernels
 * @returns {Promise<number>} the exit status
 */
export async function runCourse(names, options, { python, env, stream, signal }) {
  const pathOf = (name) => join(options.notebooks, `${name}.ipynb`);
  const pageOf = (name) => join(options.out, `${name}.html`);
  const environment = { ...env, ...conditionsOf(options) };
  const say = (text) => stream.write(`${text}\n`);

  rmSync(join(options.out, 'results.json'), { force: true });
  if (options.dask === null) {
    // Drawing or downloading data is no notebook's work: it would count in the first one's time.
    const loaders = loadersIn(names.map((name) => readFileSync(pathOf(name), 'utf8')));
    await prepareData(loaders, { environment, stream, signal });
  }

  const count = counted(names.length, 'notebook');
  say(`Executing ${count}, profile "${options.profile}", data "${options.data}".`);
  if (options.maxSteps !== null) {
    const most = counted(options.maxSteps, 'step');
    say(`No training computes more than ${most}: the numbers mean nothing.`);
  }
  const display = new ProgressDisplay(stream);
  const runs = [];
  const outputOf = (name) => join(options.out, `${name}.ipynb`);
  const removeEarlier = (name) => {
    // Of an earlier run: what this one does not write must not look like its own.
    for (const file of [outputOf(name), pageOf(name)]) rmSync(file, { force: true });
  };
  const onEnd = async (name, result) => {
    display.end(name, result);
    runs.push({ notebook: name, result });
    if (options.html && existsSync(pageOf(name))) {
      const { withMathml } = await import('./mathml.mjs');
      writeFileSync(pageOf(name), withMathml(readFileSync(pageOf(name), 'utf8')));
    }
    if (options.save && result.failure === null) replaceFile(outputOf(name), pathOf(name));
  };
  const waiting = [...names];
  const worker = async () => {
    while (!signal.aborted) {
      const name = waiting.shift();
      if (name === undefined) return;
      display.begin(name);
      removeEarlier(name);
      const run = runNotebook({
        python,
        notebook: pathOf(name),
        output: outputOf(name),
        html: options.html ? pageOf(name) : null,
        twice: options.twice,
        record: recordOf(options),
        timeout: options.timeout,
        cellTimeout: options.cellTimeout,
        environment,
        onProgress: (event) => display.advance(name, event),
      });
      signal.addEventListener('abort', run.stop);
      const result = await run.result;
      signal.removeEventListener('abort', run.stop);
      await onEnd(name, result);
    }
  };
  if (options.dask === null) await Promise.all(Array.from({ length: options.jobs }, worker));
  else {
    const onExecuted = async (name, { result, files }) => {
      removeEarlier(name);
      mkdirSync(dirname(outputOf(name)), { recursive: true });
      if (files.ipynb !== null) writeFileSync(outputOf(name), files.ipynb);
      if (files.html !== null) writeFileSync(pageOf(name), files.html);
      await onEnd(name, result);
    };
    await runNotebooksOnCluster(names, options, { pathOf, say, onExecuted, signal });
  }
  runs.sort((a, b) => names.indexOf(a.notebook) - names.indexOf(b.notebook));

  const failed = runs.filter(({ result }) => result.failure !== null);
  for (const { notebook, result } of failed) {
    if (result.failure.kind !== 'stopped') say(`\n${failureText(notebook, result.failure)}`);
  }
  for (const { notebook, result } of runs) {
    for (const { number, position, why } of result.leftOut) {
      say(
        `${notebook}, code cell [${number}] (cell ${position} of the notebook): a report ${why}; it is left out of the table.`,
      );
    }
  }
  say(`\n${closingTable(runs, options)}`);
  writeResults(join(options.out, 'results.json'), options, runs);
  say(`\nExecuted notebooks and results.json are in ${options.out}.`);
  if (signal.aborted) {
    say(`Stopped: ${runs.length - failed.length} of ${count} executed, no kernel left running.`);
    return INTERRUPTED;
  }
  return failed.length === 0 ? 0 : 1;
}

/** Puts a copy of one file in the place of another, so that no half-written file is ever seen. */
function replaceFile(from, to) {
  const temporary = join(dirname(to), `.${process.pid}.${Date.now()}.ipynb`);
  try {
    copyFileSync(from, temporary);
    renameSync(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The closing table for programs: the source of the numbers in the README. */
function writeResults(path, options, runs) {
  mkdirSync(dirname(path), { recursive: true });
  const results = {
    profile: options.profile,
    data: options.data,
    text: options.text,
    maxSteps: options.maxSteps,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    notebooks: runs.map(({ notebook, result }) => ({
      notebook,
      cells: result.cells,
      seconds: Number(result.seconds.toFixed(1)),
      peakMemoryBytes: result.peak,
      reports: result.reports,
      failure: result.failure,
    })),
  };
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
