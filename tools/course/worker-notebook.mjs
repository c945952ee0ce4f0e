/**
 * Executes one notebook on a worker of a Dask cluster: worker-notebook.mjs TASK. Prints a line with the result and the
 * executed notebook; see dask-notebooks.mjs.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateRuntime } from '../setup/jupyter-runtime.mjs';
import { ensureSetupOrExit } from '../setup.mjs';
import { conditionsOf, recordOf } from './conditions.mjs';
import { digestOf, executedLine } from './dask-notebooks.mjs';
import { loadersIn, prepareData } from './data-preparation.mjs';
import { runNotebook } from './notebook-run.mjs';

async function main() {
  /** @type {import('./dask-notebooks.mjs').WorkerTask} */
  const task = JSON.parse(process.argv[2] ?? '');
  const { digest, html, timeout, cellTimeout, ...options } = task;
  const { root, python, env: ordinary } = await ensureSetupOrExit();
  const notebook = join(root, task.notebook);
  if (!existsSync(notebook) || digestOf(notebook) !== digest) {
    console.error(
      `The clone in ${root} has another ${task.notebook}; expected that of the clone that runs the course. ` +
        'Bring both to the same commit.',
    );
    process.exitCode = 1;
    return;
  }
  const { env, remove } = privateRuntime(ordinary);
  const environment = { ...env, ...conditionsOf(options) };
  const folder = mkdtempSync(join(tmpdir(), 'selfsup-course-'));
  const [output, page] = [join(folder, 'executed.ipynb'), join(folder, 'executed.html')];
  try {
    const signal = new AbortController().signal;
    // What it prints is no result.
    const stream = process.stderr;
    await prepareData(loadersIn([readFileSync(notebook, 'utf8')]), { environment, stream, signal });
    const { result } = runNotebook({
      twice: false,
      python,
      notebook,
      output,
      html: html ? page : null,
      record: recordOf(options),
      timeout,
      cellTimeout,
      environment,
      onProgress: () => {},
    });
    const executed = {
      result: await result,
      files: {
        ipynb: existsSync(output) ? readFileSync(output, 'utf8') : null,
        html: existsSync(page) ? readFileSync(page, 'utf8') : null,
      },
    };
    writeAll(executedLine(executed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    remove();
  }
}

/** Standard output is a file on a worker; a single write may still be short. */
function writeAll(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

await main();
