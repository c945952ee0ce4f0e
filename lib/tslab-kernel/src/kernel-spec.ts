import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KernelStartError } from './kernel-start-error';

/** A kernel as Jupyter finds it: the content of a `kernel.json`. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: 'signal' | 'message';
}

/**
 * V8's young generation, in MB each half. A notebook's first cell costs as much processor time with 8 as with V8's default of 16
 * and with 32, and memory that stays resident is 20 and 40 MB less.
 */
const YOUNG_GENERATION = 8;

/**
 * The specification of the kernel, started by this Node: it runs without PATH and without an activated environment.
 *
 * @param isJs true for JavaScript, false for TypeScript
 */
export function kernelSpec(isJs = false): KernelSpec {
  const script = path.join(__dirname, '..', 'bin', 'tslab-kernel.js');
  return {
    argv: [
      process.execPath,
      `--max-semi-space-size=${YOUNG_GENERATION}`,
      script,
      'kernel',
      '--config-path',
      '{connection_file}',
      ...(isJs ? ['--js'] : []),
    ],
    display_name: isJs ? 'JavaScript' : 'TypeScript',
    language: isJs ? 'javascript' : 'typescript',
    interrupt_mode: process.platform === 'win32' ? 'message' : 'signal',
  };
}

/** Where kernels are installed: for the user, or below a prefix such as a virtual environment. */
export type InstallOptions =
  | { readonly prefix: string }
  | { readonly user: true }
  | { readonly sysPrefixOf: string };

/**
 * Installs the kernels `tslab` and `jslab`, under the names of the stock ones: notebooks need no change.
 *
 * @returns the folders written
 * @throws KernelStartError when the folder of the Python interpreter cannot be found
 */
export function installKernelSpec(options: InstallOptions): readonly string[] {
  const kernels = path.join(dataFolder(options), 'kernels');
  return [false, true].map((isJs) => {
    const folder = path.join(kernels, isJs ? 'jslab' : 'tslab');
    mkdirSync(folder, { recursive: true });
    const text = JSON.stringify(kernelSpec(isJs), null, 2);
    writeFileSync(path.join(folder, 'kernel.json'), `${text}\n`);
    return folder;
  });
}

function dataFolder(options: InstallOptions): string {
  if ('prefix' in options) return path.join(options.prefix, 'share', 'jupyter');
  if ('sysPrefixOf' in options)
    return path.join(pythonPrefix(options.sysPrefixOf), 'share', 'jupyter');
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  const home = os.homedir();
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Jupyter');
  if (process.platform === 'win32') return path.join(process.env.APPDATA ?? home, 'jupyter');
  return path.join(process.env.XDG_DATA_HOME ?? path.join(home, '.local', 'share'), 'jupyter');
}

function pythonPrefix(python: string): string {
  const { stdout, status, error } = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new KernelStartError(
      `The Python "${python}" could not be asked for its folder (${error?.message ?? `exit code ${status}`}); ` +
        'name the one that has Jupyter with --python.',
    );
  }
  return stdout.trim();
}
