import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { requireDiskSpace } from './disk-space.mjs';
import { findPython } from './python-interpreter.mjs';
import { runCommand } from './run-command.mjs';
import { pythonIn } from './setup-context.mjs';

function requirementsFile(context) {
  return join(context.root, 'tools', 'requirements.txt');
}

function stampFile(context) {
  return join(context.venv, 'selfsup-requirements.stamp');
}

/** Scripts in a virtual environment hold its absolute path, so a clone that was moved needs a new one. */
function wantedStamp(context) {
  return contentHash(readFileSync(requirementsFile(context), 'utf8'), context.root);
}

/** The user's environment without what would make pip install elsewhere or Python import from elsewhere. */
export function pythonEnvironment(context) {
  const { PYTHONHOME, PYTHONPATH, PIP_TARGET, PIP_PREFIX, ...env } = context.env;
  return {
    ...env,
    PIP_USER: '0',
    PYTHONNOUSERSITE: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
  };
}

/**
 * Makes a virtual environment that holds exactly the pinned packages.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @param {object} environment
 * @param {string} environment.describe what is being done, for progress and for the sentence of a failure
 * @param {string} environment.folder where it is made; what is there is removed
 * @param {string} environment.requirements the file of the pinned packages
 * @param {{ purpose?: string, minor?: number }} [environment.need] of {@link findPython}
 */
export async function installPythonPackages(
  context,
  { describe, folder, requirements, need = {} },
) {
  const { program, version } = findPython(context, need);
  requireDiskSpace(context, dirname(folder), 600, 'The Python packages');
  const env = pythonEnvironment(context);
  rmSync(folder, { recursive: true, force: true });
  context.report.note(`Python ${version}`);
  await runCommand(context, `Making ${basename(folder)}`, program, ['-m', 'venv', folder], { env });
  let packages = 0;
  await runCommand(
    context,
    describe,
    pythonIn(context, folder),
    [
      ...['-m', 'pip', 'install', '--require-hashes', '--only-binary=:all:'],
      ...['-r', requirements],
    ],
    {
      env,
      onLine(line) {
        if (line.startsWith('Collecting ')) packages += 1;
        if (packages > 0) context.report.note(`${packages} packages`);
        if (line.startsWith('Installing collected'))
          context.report.note(`unpacking ${packages} packages`);
      },
    },
  );
}

export const pythonPackages = {
  describe: 'Installing JupyterLab into .venv',

  isDone(context) {
    return existsSync(context.python) && readStamp(stampFile(context)) === wantedStamp(context);
  },

  async run(context) {
    await installPythonPackages(context, {
      describe: this.describe,
      folder: context.venv,
      requirements: requirementsFile(context),
    });
    writeFileSync(stampFile(context), wantedStamp(context));
  },
};
