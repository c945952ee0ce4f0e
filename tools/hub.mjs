// The course for a class on one server: `npm run hub`. teaching/jupyterhub/README.md says how to set such a server up.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOption, readCommandLine } from './command-line.mjs';
import { installNodePackages } from './setup/node-packages.mjs';
import { pythonEnvironmentStep } from './setup/python-environment.mjs';
import { reportFailure } from './setup/report-failure.mjs';
import { pythonIn } from './setup/setup-context.mjs';
import { ensureSetup, ensureSetupOrExit, SetupError } from './setup.mjs';

const HELP = `Starts JupyterHub with the course for a class on this server.

  npm run hub -- [options]

  --install       only installs it
  --state FOLDER  where learners.txt, teachers.txt and what it keeps itself are (default: hub-state)
  --help          this text

Ctrl-C stops it and leaves learners' servers running.
Variables, among them SELFSUP_HUB_PORT and SELFSUP_HUB_MEMORY, are in teaching/jupyterhub/README.md.`;

const FOLDER = 'teaching/jupyterhub';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const venvOf = ({ root }) => join(root, FOLDER, '.venv');

/** Apart from the course's own environment: it wants another JupyterLab than the course could one day have. */
const hubPackages = pythonEnvironmentStep({
  describe: `Installing JupyterHub into ${FOLDER}/.venv`,
  folder: venvOf,
  requirements: ({ root }) => join(root, FOLDER, 'requirements.txt'),
  need: { purpose: 'JupyterHub', minor: 11 },
});

/** The proxy comes from npm. */
const hubProxy = {
  describe: `Installing the hub's proxy into ${FOLDER}/node_modules`,
  isDone: ({ root }) => existsSync(join(root, FOLDER, 'node_modules', 'configurable-http-proxy')),
  async run(context) {
    await installNodePackages(context, this.describe, join(context.root, FOLDER));
  },
};

/** The first folder or file on the way to a path, links followed, that other users may not pass or read. */
function closedTo(path) {
  const real = realpathSync(path);
  const steps = real.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/') || '/');
  return steps.find((step) => (statSync(step).mode & 0o001) === 0);
}

/** @throws SetupError when learners, who are other users, could not run what they need */
function refuseClosed(paths) {
  for (const [what, path] of paths) {
    const closed = existsSync(path) ? closedTo(path) : undefined;
    if (closed === undefined) continue;
    throw new SetupError(
      `Learners are other users, and ${what} (${path}) is closed to them by ${closed}. Install it where everyone can read it ` +
        '(a Python and Node of the system, the course below /srv, SELFSUP_CACHE for TensorFlow), remove the .venv folders, then run "npm run hub" again.',
    );
  }
}

try {
  const { values } = readCommandLine('npm run hub -- --help', {
    options: {
      help: { type: 'boolean', short: 'h' },
      install: { type: 'boolean' },
      state: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const state = folderOption('--state', values.state ?? 'hub-state', ROOT);
  const { root, context } = await ensureSetupOrExit();
  await ensureSetup({}, [hubPackages, hubProxy]);
  const venv = venvOf(context);
  const python = pythonIn(context, venv);
  if (values.install) {
    console.log('JupyterHub is installed. Start it with "npm run hub".');
    process.exit(0);
  }
  if (process.getuid?.() !== 0 && process.env.SELFSUP_HUB_TRY !== '1') {
    throw new SetupError(
      'The hub starts each learner\'s server as that learner, so it runs as root: "sudo npm run hub". To try it as yourself, ' +
        'without any protection of one learner from another: SELFSUP_HUB_TRY=1 SELFSUP_HUB_PASSWORD=… npm run hub.',
    );
  }
  if (process.env.SELFSUP_HUB_TRY !== '1') {
    refuseClosed([
      ['the course', join(root, 'node_modules')],
      ['Python', python],
      ['Node', process.execPath],
      ["TensorFlow's folder", context.cache],
    ]);
  }
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const config = join(root, FOLDER, 'jupyterhub_config.py');
  const hub = spawn(python, ['-m', 'jupyterhub', '-f', config], {
    cwd: state,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${join(venv, 'bin')}:${process.env.PATH}`,
      SELFSUP_NODE: process.execPath,
      SELFSUP_HUB_STATE: state,
    },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => hub.kill('SIGTERM'));
  }
  hub.on('exit', (code, signal) => {
    process.exitCode = signal === 'SIGTERM' ? 0 : (code ?? 1);
  });
} catch (error) {
  reportFailure(error);
}
