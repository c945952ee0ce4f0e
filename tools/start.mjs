// Opens the course in JupyterLab: `npm start`, with JupyterLab's own options after `--`. It opens the learner's own copies of
// the notebooks; `--original` opens the course's, for authors; `--changes=keep|new|both` answers what becomes of a notebook
// that both the course and the learner changed. `--class` (or `SELFSUP_CLASS=1`) turns off what no class should have:
// terminals and root.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refuseUsage } from './command-line.mjs';
import { bringMyWork, changesOption } from './my-work.mjs';
import { privateRuntime } from './setup/jupyter-runtime.mjs';
import { ensureSetupOrExit, SetupError } from './setup.mjs';
import {
  contentsPath,
  HELP,
  labArguments,
  ROOT_REFUSAL,
  ROOT_WARNING,
  startOptions,
} from './start/lab-options.mjs';
import { serverAddress } from './start/server-address.mjs';

const SERVER = fileURLToPath(new URL('./start/serve_lab.py', import.meta.url));
const SECONDS_TO_STOP = 15;

/** Passes on what the server says, less its banner: the address is printed once, below. */
async function passOn(stream) {
  let inBanner = false;
  for await (const line of createInterface({ input: stream })) {
    inBanner = /^\[C [^\]]*\]\s*$/.test(line) || (inBanner && /^(\s|$)/.test(line));
    if (!inBanner) console.error(line);
  }
}

/** The folder of notebooks to open, below the root; ends where there is none. */
async function notebooksFolder({ original, choice, context }) {
  if (original) return 'notebooks';
  try {
    return await bringMyWork({ ...context, changes: choice });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** Before set-up, which may take minutes. */
function changesOrExit(changes) {
  try {
    return changesOption(changes);
  } catch (error) {
    refuseUsage(error);
    process.exit();
  }
}

const { help, forClass, original, changes, given } = startOptions(
  process.argv.slice(2),
  process.env,
);
if (help) {
  console.log(HELP);
  process.exit(0);
}
const isRoot = process.getuid?.() === 0;
if (forClass && isRoot) {
  console.error(ROOT_REFUSAL);
  process.exit(1);
}
const choice = changesOrExit(changes);
const { root, python, env: ordinary, context } = await ensureSetupOrExit();
const folder = await notebooksFolder({ original, choice, context });
if (isRoot) console.error(ROOT_WARNING);
const { env, transport, remove } = privateRuntime(ordinary);
const { platform } = process;
const options = { root, folder, transport, given, forClass, env: process.env, platform, isRoot };
const server = spawn(python, [SERVER, ...labArguments(options)], {
  cwd: root,
  env,
  // It ends when its standard input does, so also when this process is killed with -9.
  stdio: ['pipe', 'inherit', 'pipe'],
  // Its own process group: Ctrl-C reaches this process alone, which then stops the server in one known way.
  detached: platform !== 'win32',
});
server.stdin.on('error', () => {});
passOn(server.stderr);
const ended = new Promise((resolve) => {
  server.on('error', (error) => resolve({ code: 1, error }));
  server.on('exit', (code, signal) => resolve({ code, signal }));
});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  console.log('\nStopping JupyterLab and its kernels …');
  // On SIGTERM the server shuts its kernels down and asks nothing.
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), SECONDS_TO_STOP * 1000).unref();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

const address = await serverAddress(server, env.JUPYTER_RUNTIME_DIR ?? '');
if (address !== undefined) {
  const query = address.token ? `?token=${address.token}` : '';
  console.log(
    `\nThe course is open at\n\n    ${address.url}${contentsPath(folder)}${query}\n\nCtrl-C stops it.\n`,
  );
}
const { code, error } = await ended;
remove();
if (error !== undefined) {
  console.error(`JupyterLab could not be started (${error.message}); run "npm run doctor".`);
}
process.exitCode = stopping ? 0 : (code ?? 1);
