import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireDiskSpace } from './disk-space.mjs';
import { findProgram } from './find-program.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/**
 * True when node_modules is what the lock file asks for. npm writes `node_modules/.package-lock.json` last, so a
 * half-finished installation has none; optional packages of other platforms are missing rightly.
 */
function packagesAreInstalled(context) {
  const installedFile = join(context.root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = packagesOf(installedFile);
  const wanted = Object.entries(packagesOf(join(context.root, 'package-lock.json')));
  return wanted.every(([path, { version, link, optional }]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return optional === true;
    return (link === true || found.version === version) && existsSync(join(context.root, path));
  });
}

/**
 * npm as it was called (`npm start`), else the one on PATH.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @returns {[command: string, args: string[]]}
 */
function npmCommand(context) {
  const script = context.env.npm_execpath;
  if (script?.endsWith('npm-cli.js') && existsSync(script)) return [process.execPath, [script]];
  const npm = findProgram(context, 'npm');
  if (npm === undefined) {
    throw new SetupError(
      'npm was not found; install Node with npm (nodejs.org, or "nvm install 22"), then run "npm run setup" again.',
    );
  }
  return [npm, []];
}

/**
 * Installs what a folder's lock file asks for, by `npm ci`.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @param {string} task for the sentence of a failure
 * @param {string} folder
 */
export async function installNodePackages(context, task, folder) {
  const [command, args] = npmCommand(context);
  await runCommand(context, task, command, [...args, 'ci', '--ignore-scripts'], {
    cwd: folder,
    // "npm start" passes its own script's settings down; a nested npm must not take them for its own.
    env: Object.fromEntries(
      Object.entries(context.env).filter(
        ([name]) => !/^npm_(lifecycle|package|command)/.test(name),
      ),
    ),
  });
}

export const nodePackages = {
  describe: 'Installing the Node packages',
  isDone: packagesAreInstalled,

  async run(context) {
    requireDiskSpace(context, context.root, 1000, 'The Node packages');
    await installNodePackages(context, this.describe, context.root);
  },
};
