import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatMemory } from './closing-table.mjs';

const DRIVER = fileURLToPath(new URL('./execute_notebook.py', import.meta.url));

/** How long the driver may take to end its kernel before it is killed (its watchdog then ends the kernel). */
const PATIENCE_MS = 4000;

/** Frames of a stack trace that belong to Node and to the kernel: nothing a reader of the notebook can act on. */
const FOREIGN_FRAME = /^ +at (evalmachine|.*(node:|[\\/]tslab[\\/]dist[\\/]))/;

/** What V8 and C++ print when they end a process for want of memory. */
const OUT_OF_MEMORY = /heap out of memory|std::bad_alloc/;

/**
 * The failure as a reader can act on it: without frames of Node and the kernel, with what the kernel printed as it ended, and
 * called out of memory where that is what it was.
 *
 * @param {NonNullable<NotebookResult['failure']>} failure as the driver tells it
 * @param {string} errors what the driver and the kernel have printed
 * @param {number} peak bytes
 * @returns {NonNullable<NotebookResult['failure']>}
 */
function explained(failure, errors, peak) {
  const message = withoutForeignFrames(failure.message);
  const isMemory =
    failure.kind === 'memory' || (failure.kind === 'kernel' && OUT_OF_MEMORY.test(errors));
  if (isMemory) {
    const advice =
      'Keep less at once: dispose tensors, take smaller batches or fewer images, or a smaller profile.';
    const reached = `the kernel and its children had reached ${formatMemory(peak)}`;
    return {
      ...failure,
      kind: 'memory',
      message: `out of memory in this cell: ${reached} (${message}). ${advice}`,
    };
  }
  const printed = failure.kind === 'error' ? '' : errors.trim();
  return { ...failure, message: printed === '' ? message : `${message}\n${printed}` };
}

/** @param {string} text */
function withoutForeignFrames(text) {
  return text
    .split('\n')
    .filter((line) => !FOREIGN_FRAME.test(line))
    .join('\n');
}

/**
 * Executes one notebook in a kernel of its own.
 *
 * The driver lives as long as the pipe to its stdin is open, so it ends itself, and its kernel, when this process is
 * gone, in whatever way.
 *
 * @param {object} run
 * @param {string} run.python the interpreter that has nbclient
 * @param {string} run.notebook path of the notebook; the kernel starts in its folder
 * @param {string} run.output path of the executed notebook
 * @param {string | null} run.html path of the HTML page, `null` for none
 * @param {boolean} run.twice whether every cell is run a second time, and must print the same
 * @param {object} run.record what the executed notebook's metadata says of the run, beside its date and seconds
 * @param {number} run.timeout seconds
 * @param {number} run.cellTimeout seconds
 * @param {NodeJS.ProcessEnv} run.environment the whole environment of driver and kernel
 * @param {(event: { cells?: number, number?: number }) => void} run.onProgress
 * @returns {{ result: Promise<NotebookResult>, stop: () => void }}
 *
 * @typedef {object} NotebookResult
 * @property {number} cells code cells
 * @property {number} seconds
 * @property {number} peak bytes, the kernel and its child processes
 * @property {import('../../lib/selfsup-course/src/display/report.js').Report[]} reports the numbers the notebook reports
 * @property {{ number: number, position: number, why: string }[]} leftOut reports that are none, by their code cells
 * @property {{ kind: string, message: string, number?: number, position?: number, source?: string } | null} failure
 */
export function runNotebook(run) {
  const started = performance.now();
  const driver = spawn(
    run.python,
    [
      DRIVER,
      ...['--notebook', run.notebook, '--output', run.output],
      ...(run.html === null ? [] : ['--html', run.html]),
      ...(run.twice ? ['--twice'] : []),
      ...['--run', JSON.stringify(run.record)],
      ...['--timeout', `${run.timeout}`, '--cell-timeout', `${run.cellTimeout}`],
    ],
    {
      // A group of its own: Ctrl-C in the terminal reaches this process, which then ends the driver in order.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...run.environment, PYTHONUTF8: '1' },
    },
  );
  driver.stdin.on('error', () => {});

  let errors = '';
  driver.stderr.setEncoding('utf8');
  driver.stderr.on('data', (text) => {
    errors = (errors + text).slice(-8000);
  });

  let end = null;
  let cells = 0;
  createInterface({ input: driver.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    if (event.event === 'start') cells = event.cells;
    if (event.event === 'end') end = event;
    else run.onProgress(event);
  });

  let stopped = false;
  let timer;
  const result = new Promise((resolve, reject) => {
    driver.on('error', reject);
    driver.on('close', (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      if (end !== null) {
        const { peak, reports, leftOut } = end;
        const failure = end.failure ? explained(end.failure, errors, peak) : null;
        resolve({ cells: end.cells, seconds, peak, reports, leftOut, failure });
        return;
      }
      const message = stopped
        ? 'stopped before its end'
        : `the program that executes notebooks ended early (${signal ?? `exit status ${code}`})\n${errors.trim()}`;
      const failure = { kind: stopped ? 'stopped' : 'set-up', message: message.trim() };
      resolve({ cells, seconds, peak: 0, reports: [], leftOut: [], failure });
    });
  });

  return {
    result,
    stop() {
      stopped = true;
      driver.kill('SIGTERM');
      timer = setTimeout(() => driver.kill('SIGKILL'), PATIENCE_MS);
    },
  };
}
