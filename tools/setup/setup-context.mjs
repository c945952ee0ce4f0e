import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeBytes } from './disk-space.mjs';
import { ProgressReport } from './progress-report.mjs';

/** The folder of the user's cache that holds TensorFlow's libraries; `SELFSUP_CACHE` names another. */
function cacheFolder(env, platform) {
  if (env.SELFSUP_CACHE) return resolve(env.SELFSUP_CACHE);
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'selfsup');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'selfsup');
  return join(homedir(), '.cache', 'selfsup');
}

/**
 * The interpreter of a virtual environment.
 *
 * @param {{ platform: string }} context
 * @param {string} folder
 */
export function pythonIn({ platform }, folder) {
  return platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python');
}

/** @typedef {ReturnType<typeof setupContext>} SetupContext */

/**
 * What the steps of set-up read: where things are and what this machine is. Tests pass their own `overrides`.
 *
 * The GPU engine is chosen where the NVIDIA driver is loaded, by the same file that `selfsup`'s engine looks at;
 * `SELFSUP_DEVICE=cpu` declines it.
 */
export function setupContext(overrides = {}) {
  const root = overrides.root ?? dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const env = overrides.env ?? process.env;
  const platform = overrides.platform ?? process.platform;
  const arch = overrides.arch ?? process.arch;
  const venv = join(root, '.venv');
  const gpu =
    platform === 'linux' &&
    arch === 'x64' &&
    env.SELFSUP_DEVICE !== 'cpu' &&
    existsSync('/proc/driver/nvidia/version');
  return {
    root,
    env,
    platform,
    arch,
    venv,
    python: pythonIn({ platform }, venv),
    cache: cacheFolder(env, platform),
    gpu,
    nodeVersion: process.versions.node,
    freeBytes,
    report: new ProgressReport(),
    ...overrides,
  };
}
