// Set-up of the course: everything `npm start`, `npm test` and `npm run course` need, done once and only where missing.
// Node's built-in modules only: this runs before any package is installed.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentHash } from './setup/content-hash.mjs';
import { jupyterEnvironment, tslabKernel } from './setup/jupyter-settings.mjs';
import { libraryBuild } from './setup/library-build.mjs';
import { helpOrNothing } from './setup/no-options.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { nodeVersion } from './setup/node-version.mjs';
import { endWithNpm } from './setup/npm-parent.mjs';
import { pythonPackages } from './setup/python-environment.mjs';
import { stopCommands } from './setup/run-command.mjs';
import { setupContext } from './setup/setup-context.mjs';
import { explainFailure, SetupError } from './setup/setup-error.mjs';
import { withLock } from './setup/setup-lock.mjs';
import { tensorFlowEngine } from './setup/tensorflow-engine.mjs';
import { resolveTypedPaths } from './setup/typed-paths.mjs';
import { assertUsablePaths } from './setup/usable-paths.mjs';

export { SetupError };

const HELP = `Sets the course up: what is missing of its packages, JupyterLab, TensorFlow and the library. What is there stays.

  npm run setup

"npm start" does it as well; "npm run doctor" says what is missing and changes nothing. TensorFlow is kept in the user's cache
folder, or in the one that the variable SELFSUP_CACHE names.`;

/** In order: each may rely on those before it, and is asked only once they are done. */
const SETUP_STEPS = [
  nodeVersion,
  nodePackages,
  pythonPackages,
  libraryBuild,
  tslabKernel,
  tensorFlowEngine,
];

async function runMissingSteps(context, steps) {
  const { report } = context;
  report.say('Setting up the course (only what is missing):');
  for (const step of steps) {
    if (step.isDone(context)) continue;
    report.begin(step.describe);
    try {
      await step.run(context);
    } catch (error) {
      report.fail();
      // A file operation of our own: a full disk, a folder that may not be written.
      throw error instanceof SetupError ? error : fileFailure(step, error);
    }
    report.end();
  }
}

function fileFailure(step, error) {
  if (error.code === 'ENOSPC') return explainFailure(step.describe, 'ENOSPC');
  const place = error.path === undefined ? '' : ` at ${error.path}`;
  return new SetupError(
    `${step.describe} failed${place} (${error.message}); fix that, then run "npm run setup" again.`,
    { cause: error },
  );
}

/** While `work` runs, a signal that ends this process ends its commands too. What they began is done again next time. */
async function stoppable(context, work) {
  const stop = (signal) => {
    stopCommands('SIGTERM');
    context.report.fail();
    context.report.say('Set-up was stopped; "npm run setup" goes on from here.');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Does what set-up is missing, with progress on standard error; returns at once when nothing is.
 *
 * @returns `root` of the clone; `python` of its `.venv`; `env`, the environment for whatever starts Jupyter or a kernel
 * @throws SetupError one sentence with the command that fixes it
 */
export async function ensureSetup(overrides, steps = SETUP_STEPS) {
  const context = setupContext(overrides);
  assertUsablePaths(context);
  if (!steps.every((step) => step.isDone(context))) {
    const lock = join(context.cache, 'locks', `${contentHash(context.root)}.lock`);
    await stoppable(context, () =>
      withLock(lock, context.report, () => runMissingSteps(context, steps)),
    );
  }
  return { root: context.root, python: context.python, env: jupyterEnvironment(context), context };
}

/**
 * For commands: `ensureSetup`, but a failure is printed as its one sentence and ends the process. From here on the process
 * ends with the npm that started it, and relative paths in the environment are those of where the command was typed.
 */
export async function ensureSetupOrExit() {
  endWithNpm(process.env);
  resolveTypedPaths(process.env);
  try {
    return await ensureSetup();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}

const [, script = ''] = process.argv;
if (existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)) {
  helpOrNothing(HELP);
  const { context } = await ensureSetupOrExit();
  console.log(`The course is set up in ${context.root}. Start it with "npm start".`);
}
