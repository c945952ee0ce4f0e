import { resolve } from 'node:path';

/** Variables of the environment that name a folder or an archive of the user's. */
const DATA_FOLDERS = ['CIFAR10_DIR', 'SST2_DIR', 'SELFSUP_IMAGES'];

/**
 * The environment with these paths as seen from where the command was typed: a notebook runs in the folder it lies in, where
 * a relative one would lead elsewhere.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [from] npm runs a script in the folder of package.json and says where it was called in INIT_CWD.
 */
export function withDataFolders(env, from = env.INIT_CWD || process.cwd()) {
  const resolved = { ...env };
  for (const name of DATA_FOLDERS) {
    const given = env[name];
    if (given) resolved[name] = resolve(from, given);
  }
  return resolved;
}
