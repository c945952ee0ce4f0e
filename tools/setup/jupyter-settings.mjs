import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStamp } from './content-hash.mjs';
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

function tslabScript(context) {
  return join(context.root, 'node_modules', 'tslab', 'bin', 'tslab');
}

/** tslab's own specification, started by this Node: the kernel runs without an activated `.venv` and without PATH. */
function kernelCommand(context) {
  return [process.execPath, tslabScript(context), 'kernel', '--config-path', '{connection_file}'];
}

function settingsText() {
  return `${JSON.stringify(SETTINGS, null, 2)}\n`;
}

export const tslabKernel = {
  describe: 'Installing the TypeScript kernel (tslab)',

  isDone(context) {
    if (readStamp(settingsFile(context)) !== settingsText()) return false;
    try {
      const { argv } = JSON.parse(readFileSync(kernelSpecFile(context), 'utf8'));
      return JSON.stringify(argv) === JSON.stringify(kernelCommand(context));
    } catch {
      return false;
    }
  },

  async run(context) {
    const script = tslabScript(context);
    await runCommand(
      context,
      this.describe,
      process.execPath,
      [script, 'install', `--python=${context.python}`, '--sys-prefix', `--binary=${script}`],
      { env: jupyterEnvironment(context) },
    );
    for (const [kernel, more] of [
      ['tslab', []],
      ['jslab', ['--js']],
    ]) {
      const file = join(context.venv, 'share', 'jupyter', 'kernels', kernel, 'kernel.json');
      const spec = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(
        file,
        JSON.stringify({ ...spec, argv: [...kernelCommand(context), ...more] }, null, 1),
      );
    }
    mkdirSync(join(settingsFile(context), '..'), { recursive: true });
    writeFileSync(settingsFile(context), settingsText());
  },
};
