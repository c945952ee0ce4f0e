import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

/**
 * Where Jupyter looks for kernels when it is not the course that starts it.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 * @returns {string[]}
 */
export function kernelFolders(env, platform) {
  const home = env.HOME ?? homedir();
  const own =
    env.JUPYTER_DATA_DIR ??
    (platform === 'darwin'
      ? join(home, 'Library', 'Jupyter')
      : platform === 'win32'
        ? join(env.APPDATA ?? home, 'jupyter')
        : join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'jupyter'));
  const shared =
    platform === 'win32'
      ? [join(env.PROGRAMDATA ?? 'C:\\ProgramData', 'jupyter')]
      : ['/usr/local/share/jupyter', '/usr/share/jupyter', '/opt/homebrew/share/jupyter'];
  const named = (env.JUPYTER_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...named, own, ...shared].map((folder) => join(folder, 'kernels'));
}

/**
 * Kernels that start tslab as it is published: its answer to a forged message tells the right signature, on ports that every
 * user of the machine can reach.
 *
 * @param {string[]} folders each holds a folder for each kernel
 * @returns {string[]} the `kernel.json` of each
 */
export function stockKernels(folders) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'kernel.json')))
    .filter((file) => {
      try {
        const { argv } = JSON.parse(readFileSync(file, 'utf8'));
        // `tslab kernel …`, or Node with tslab's script.
        return argv.some((word) =>
          /^tslab(\.cmd|\.js)?$/.test(basename(`${word}`.replace(/\\/g, '/'))),
        );
      } catch {
        return false;
      }
    });
}
