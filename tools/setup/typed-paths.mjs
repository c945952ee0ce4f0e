import { resolve } from 'node:path';

/** Variables of the environment that name a folder, an archive or a file of the user's. */
const PATHS = ['CIFAR10_DIR', 'CIFAR10_FILENAMES', 'SST2_DIR', 'SELFSUP_IMAGES', 'SELFSUP_CACHE'];

/**
 * Makes these paths those that they are where the command was typed: npm runs a command in the course's folder, and a notebook
 * runs in the folder it lies in, where a relative one would lead elsewhere.
 *
 * @param {NodeJS.ProcessEnv} env changed in place: that of a process is what its programs inherit
 * @param {string} [from] npm says where it was called in INIT_CWD.
 */
export function resolveTypedPaths(env, from = env.INIT_CWD || process.cwd()) {
  for (const name of PATHS) {
    const given = env[name];
    if (given) env[name] = resolve(from, given);
  }
}
