import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { UsageError } from '../command-line.mjs';
import { counted } from '../setup/counted.mjs';
import { root } from './options.mjs';

const PROGRAM = 'tools/course/worker-notebook.mjs';
const PREFIX = '{"executed":';

/**
 * What a worker is to execute.
 *
 * @typedef {object} WorkerTask
 * @property {string} notebook its path in the clone
 * @property {string} digest of its file
 * @property {boolean} html
 * @property {number} timeout seconds
 * @property {number} cellTimeout seconds
 * @property {string} profile
 * @property {string} data
 * @property {string} text
 * @property {number | null} maxSteps
 *
 * @typedef {object} Executed
 * @property {import('./notebook-run.mjs').NotebookResult} result
 * @property {{ ipynb: string | null, html: string | null }} files
 */

/** SHA-256 of a notebook's file. */
export function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** @param {Executed} executed as a line of a worker's standard output */
export function executedLine(executed) {
  return `${JSON.stringify({ executed })}\n`;
}

/**
 * What a worker has executed; a failure where it ended without.
 *
 * @param {import('../../studies/runner/dask-cluster').CommandEnd} end
 * @returns {Executed}
 */
export function executedIn({ status, output, errors }) {
  const line = output.split('\n').find((text) => text.startsWith(PREFIX));
  if (line !== undefined) return JSON.parse(line).executed;
  const ending = typeof status === 'number' ? `exit status ${status}` : status;
  const message = `the worker's program ended early (${ending})\n${errors.trim()}`.trim();
  const failure = { kind: 'set-up', message };
  return {
    result: { cells: 0, seconds: 0, peak: 0, reports: [], leftOut: [], failure },
    files: { ipynb: null, html: null },
  };
}

/**
 * Executes notebooks on a Dask cluster, one task each.
 *
 * @param {string[]} names
 * @param {ReturnType<import('./options.mjs').courseOptions>} options with the address of a cluster
 * @param {object} run
 * @param {(name: string) => string} run.pathOf
 * @param {(text: string) => void} run.say
 * @param {(name: string, executed: Executed) => Promise<void>} run.onExecuted
 * @param {AbortSignal} run.signal
 */
export async function runNotebooksOnCluster(names, options, { pathOf, say, onExecuted, signal }) {
  const load = createRequire(import.meta.url);
  load('ts-node/register/transpile-only');
  /** @type {typeof import('../../studies/runner/dask-cluster')} */
  const { runOnCluster } = load('../../studies/runner/dask-cluster.ts');
  const { EngineError } = load('../../studies/runner/engine.ts');
  const { dask, clone, python } = options;
  const address = /** @type {string} */ (dask);
  const { profile, data, text, maxSteps, html, timeout, cellTimeout } = options;
  const commands = names.map((name) => {
    const notebook = relative(root, pathOf(name));
    if (notebook.startsWith('..')) {
      throw new UsageError(
        `--notebooks is ${options.notebooks}; expected a folder inside ${root}, which a worker's clone has too.`,
      );
    }
    const digest = digestOf(pathOf(name));
    const task = { notebook, digest, html, timeout, cellTimeout, profile, data, text, maxSteps };
    return [PROGRAM, JSON.stringify(task)];
  });
  const events = {
    onConnected: (workers, threads) =>
      say(
        `Dask cluster at ${address}: ${counted(workers, 'worker')}, ${counted(threads, 'notebook')} at once.`,
      ),
    onEnd: async (command, end) => {
      await onExecuted(/** @type {string} */ (names[command]), executedIn(end));
    },
  };
  await runOnCluster(commands, { address, clone, python }, events, signal).catch((error) => {
    throw error instanceof EngineError ? new UsageError(error.message) : error;
  });
}
