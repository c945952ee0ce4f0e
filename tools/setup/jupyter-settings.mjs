import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';

/** JupyterLab as the course wants it: nothing asks the network for news, and Markdown opens rendered. */
const SETTINGS = {
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  '@jupyterlab/docmanager-extension:plugin': { defaultViewers: { markdown: 'Markdown Preview' } },
};

/**
 * Variables that keep what Jupyter writes (configuration, run-time files, trust database) inside `.venv`, and make it
 * prefer the kernels there.
 */
export function jupyterEnvironment(context) {
  const home = join(context.venv, 'jupyter-home');
  return {
    ...pythonEnvironment(context),
    JUPYTER_CONFIG_DIR: join(home, 'config'),
    JUPYTER_DATA_DIR: join(home, 'data'),
    JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
    JUPYTER_PREFER_ENV_PATH: '1',
    IPYTHONDIR: join(home, 'ipython'),
  };
}

function kernelSpecFile(context) {
  return join(context.venv, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
}

function settingsFile(context) {
  return join(context.venv, 'share', 'jupyter', 'lab', 'settings', 'overrides.json');
}

function kernelPackage(context) {
  return join(context.root, 'lib', 'tslab-kernel');
}

/** What the kernel was installed by: this Node, from these sources. */
function wantedStamp(context) {
  const source = readFileSync(join(kernelPackage(context), 'src', 'kernel-spec.ts'), 'utf8');
  return contentHash(source, process.execPath, context.root);
}

function stampFile(context) {
  return join(context.venv, 'selfsup-kernel.stamp');
}

function settingsText() {
  return `${JSON.stringify(SETTINGS, null, 2)}\n`;
}

export const tslabKernel = {
  describe: 'Installing the TypeScript kernel (tslab)',

  isDone(context) {
    return (
      readStamp(settingsFile(context)) === settingsText() &&
      existsSync(kernelSpecFile(context)) &&
      readStamp(stampFile(context)) === wantedStamp(context)
    );
  },

  /** The package writes the specification itself, so it must have been built. */
  async run(context) {
    const script = join(kernelPackage(context), 'bin', 'tslab-kernel.js');
    await runCommand(
      context,
      this.describe,
      process.execPath,
      [script, 'install', '--prefix', context.venv],
      { env: jupyterEnvironment(context) },
    );
    mkdirSync(join(settingsFile(context), '..'), { recursive: true });
    writeFileSync(settingsFile(context), settingsText());
    writeFileSync(stampFile(context), wantedStamp(context));
  },
};
