import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp } from '../setup/content-hash.mjs';
import { pythonEnvironment } from '../setup/python-environment.mjs';
import { findPython } from '../setup/python-interpreter.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * Installs the pinned Python packages of a folder's `requirements.txt` into its own `.venv`, where they are missing: apart
 * from the course's, for they want another JupyterLab than the course could one day have.
 *
 * @param {import('../setup/setup-context.mjs').SetupContext} context
 * @param {string} folder below the course: `teaching/nbgrader`
 * @param {string} what is installed: `nbgrader`
 * @returns {{ venv: string, python: string }}
 * @throws SetupError when they cannot be installed
 */
export function separatePackages(context, folder, what) {
  const venv = join(context.root, folder, '.venv');
  const python = join(venv, 'bin', 'python');
  const requirements = join(context.root, folder, 'requirements.txt');
  const wanted = contentHash(readFileSync(requirements, 'utf8'), context.root);
  const stamp = join(venv, 'selfsup-requirements.stamp');
  if (existsSync(python) && readStamp(stamp) === wanted) return { venv, python };
  context.report.say(`Installing ${what} into ${folder}/.venv …`);
  const env = pythonEnvironment(context);
  const run = (/** @type {string} */ program, /** @type {string[]} */ args) => {
    const { status, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8' });
    if (status === 0) return;
    const why = (error?.message ?? stderr).trim().split('\n').at(-1);
    throw new SetupError(
      `${what} could not be installed (${why}). It needs Python 3.11 or newer and the package registry.`,
    );
  };
  rmSync(venv, { recursive: true, force: true });
  run(findPython(context).program, ['-m', 'venv', venv]);
  // Compiled now: other users, who may not write there, would compile them anew at every start.
  run(python, ['-m', 'pip', 'install', '--quiet', '--require-hashes', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return { venv, python };
}
