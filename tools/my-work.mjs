// The learner's own copies of the notebooks: `npm run my-work` makes them or brings them up to date, as `npm start` does first.
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine, UsageError } from './command-line.mjs';
import { CHANGES_HELP, CHOICES, chooser } from './my-work/change-choice.mjs';
import { refresh } from './my-work/refresh.mjs';
import { contentHash } from './setup/content-hash.mjs';
import { counted } from './setup/counted.mjs';
import { reportFailure } from './setup/report-failure.mjs';
import { setupContext } from './setup/setup-context.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { withLock } from './setup/setup-lock.mjs';

/** @typedef {import('./my-work/change-choice.mjs').chooser} Chooser */

/**
 * Where the learner works, below the folder of the course, where kernels find the packages and JupyterLab shows files.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env `SELFSUP_MY_WORK` names another folder than `my-work`
 * @returns {string} relative to `root`
 * @throws SetupError when it lies elsewhere or is the course's own
 */
export function workFolder(root, env) {
  const given = env.SELFSUP_MY_WORK || 'my-work';
  const folder = relative(root, resolve(root, given)).replaceAll('\\', '/');
  const taken = ['', 'notebooks', 'lib', 'tools', 'test', 'node_modules', '.git'];
  if (isAbsolute(folder) || folder.startsWith('..') || taken.includes(folder.split('/')[0] ?? '')) {
    throw new SetupError(
      `SELFSUP_MY_WORK is "${given}"; expected a folder of its own inside ${root}, such as "my-work".`,
    );
  }
  return folder;
}

/** One line for whatever a person would want to know. */
function report(folder, { made, renewed, removed, changed }) {
  const lines = [];
  if (made.length > 0) lines.push(`made ${counted(made.length, 'file')}`);
  if (renewed.length > 0) lines.push(`brought ${renewed.join(', ')} up to date`);
  if (removed.length > 0) lines.push(`removed ${removed.join(', ')}, which the course has no more`);
  for (const { path, choice, other } of changed) {
    if (choice === 'keep') lines.push(`kept your ${path}`);
    if (choice === 'new') lines.push(`took the new ${path}; yours is ${other}`);
    if (choice === 'both') lines.push(`kept your ${path}; the course's new one is ${other}`);
  }
  return lines.map((line) => `${folder}: ${line}.`);
}

/**
 * Makes the learner's copies or brings them up to date, and says what it did.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.cache for the lock
 * @param {{ say: (text: string) => void }} options.report
 * @param {'keep' | 'new' | 'both' | 'ask' | undefined} [options.changes]
 * @returns {Promise<string>} the folder, relative to `root`
 * @throws SetupError
 */
export async function bringMyWork({ root, env, cache, report: progress, changes }) {
  const folder = workFolder(root, env);
  const work = join(root, folder);
  const lock = join(cache, 'locks', `my-work-${contentHash(work)}.lock`);
  const choose = chooser(changes, { input: process.stdin, output: process.stderr });
  try {
    const done = await withLock(lock, progress, () =>
      refresh(join(root, 'notebooks'), work, choose),
    );
    for (const line of report(folder, done)) progress.say(line);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const { message } = /** @type {Error} */ (error);
    throw new SetupError(
      `Your copies of the notebooks in ${work} could not be brought up to date (${message}); what you have written ` +
        'is as it was. Correct that, then run "npm start" again; "npm start -- --original" opens the course\'s own.',
      { cause: error },
    );
  }
  return folder;
}

const HELP = `Makes your own copies of the notebooks, or brings them up to date, as "npm start" does before it opens them.

  npm run my-work -- [options]

${CHANGES_HELP}
  --help             this text

They are in my-work/, or in the folder inside the course that the variable SELFSUP_MY_WORK names.`;

const [, script = ''] = process.argv;
if (existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)) {
  const context = setupContext();
  try {
    const { values } = readCommandLine('npm run my-work -- --help', {
      options: { changes: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(HELP);
    } else {
      const folder = await bringMyWork({ ...context, changes: changesOption(values.changes) });
      console.log(`Your notebooks are in ${folder}.`);
    }
  } catch (error) {
    reportFailure(error);
  }
}

/**
 * @param {string | undefined} given
 * @returns {'keep' | 'new' | 'both' | 'ask' | undefined}
 * @throws UsageError when it is none of them
 */
export function changesOption(given) {
  if (given === undefined || CHOICES.includes(given)) return /** @type {any} */ (given);
  throw new UsageError(`--changes is "${given}"; expected one of ${CHOICES.join(', ')}.`);
}
