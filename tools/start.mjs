// Opens the course in JupyterLab: `npm start`, with JupyterLab's own options after `--`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateRuntime } from './setup/jupyter-runtime.mjs';
import { ensureSetupOrExit } from './setup.mjs';

const CONTENTS = '/lab/tree/notebooks/README.md';
const SECONDS_TO_STOP = 15;

/** True where a browser can be shown to the person who typed the command. */
function hasDesktop(env, platform) {
  if (env.SSH_CONNECTION && !env.DISPLAY) return false;
  if (platform === 'linux') return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return true;
}

/** Our options, each with JupyterLab's short name for it. */
function courseOptions(root, transport) {
  return [
    ['--ServerApp.root_dir', '--notebook-dir', root],
    ['--ServerApp.ip', '--ip', '127.0.0.1'],
    ['--LabApp.default_url', undefined, CONTENTS],
    // Its list of extensions would come from the network.
    ['--LabApp.extension_manager', undefined, 'readonly'],
    ['--Application.log_level', '--log-level', 'WARN'],
    ['--KernelManager.transport', '--transport', transport],
  ];
}

/** Ours, less those the user gives: JupyterLab takes each option once. */
function jupyterArguments(root, transport, given) {
  const names = new Set(given.map((arg) => arg.split('=')[0]));
  const args = courseOptions(root, transport)
    .filter(([name, short]) => !names.has(name) && !names.has(short))
    .map(([name, , value]) => `${name}=${value}`);
  if (!hasDesktop(process.env, process.platform)) args.push('--no-browser');
  if (process.getuid?.() === 0) args.push('--allow-root');
  return [...args, ...given];
}

/** The server writes its address, with the port it found free and its token, into a file once it listens. */
async function addressOf(server, env) {
  const file = join(env.JUPYTER_RUNTIME_DIR, `jpserver-${server.pid}.json`);
  while (server.exitCode === null && server.signalCode === null) {
    if (existsSync(file)) {
      try {
        const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
        return `${url.replace(/\/$/, '')}${CONTENTS}${token ? `?token=${token}` : ''}`;
      } catch {
        // Half written; read it again.
      }
    }
    await sleep(100);
  }
  return undefined;
}

/** Passes on what the server says, less its banner: the address is printed once, below. */
async function passOn(stream) {
  let inBanner = false;
  for await (const line of createInterface({ input: stream })) {
    inBanner = /^\[C [^\]]*\]\s*$/.test(line) || (inBanner && /^(\s|$)/.test(line));
    if (!inBanner) console.error(line);
  }
}

const { root, python, env: ordinary } = await ensureSetupOrExit();
const { env, transport, remove } = privateRuntime(ordinary);
const server = spawn(
  python,
  ['-m', 'jupyterlab', ...jupyterArguments(root, transport, process.argv.slice(2))],
  {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
    // Its own process group: Ctrl-C reaches this process alone, which then stops the server in one known way.
    detached: process.platform !== 'win32',
  },
);
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

const address = await addressOf(server, env);
if (address !== undefined) {
  console.log(`\nThe course is open at\n\n    ${address}\n\nCtrl-C stops it.\n`);
}
const { code, error } = await ended;
remove();
if (error !== undefined) {
  console.error(`JupyterLab could not be started (${error.message}); run "npm run doctor".`);
}
process.exitCode = stopping ? 0 : (code ?? 1);
