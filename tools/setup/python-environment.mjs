import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { requireDiskSpace } from './disk-space.mjs';
import { findPython } from './python-interpreter.mjs';
import { runCommand } from './run-command.mjs';

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

export const pythonPackages = {
  describe: 'Installing JupyterLab into .venv',

  isDone(context) {
    return existsSync(context.python) && readStamp(stampFile(context)) === wantedStamp(context);
  },

  async run(context) {
    const { program, version } = findPython(context);
    requireDiskSpace(context, context.root, 600, 'The Python packages');
    const env = pythonEnvironment(context);
    rmSync(context.venv, { recursive: true, force: true });
    context.report.note(`Python ${version}`);
    await runCommand(context, 'Making .venv', program, ['-m', 'venv', context.venv], { env });
    let packages = 0;
    await runCommand(
      context,
      this.describe,
      context.python,
      [
        '-m',
        'pip',
        'install',
        '--require-hashes',
        '--only-binary=:all:',
        '-r',
        requirementsFile(context),
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
    writeFileSync(stampFile(context), wantedStamp(context));
  },
};
