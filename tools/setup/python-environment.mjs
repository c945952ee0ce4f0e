import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { contentHash, readStamp } from './content-hash.mjs';
import { counted } from './counted.mjs';
import { requireDiskSpace } from './disk-space.mjs';
import { findPython } from './python-interpreter.mjs';
import { runCommand } from './run-command.mjs';
import { pythonIn } from './setup-context.mjs';

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
 * A step of set-up that makes a virtual environment of exactly the pinned packages. A stamp in it says of which.
 *
 * @param {object} environment
 * @param {string} environment.describe what is being done, for progress and for the sentence of a failure
 * @param {(context: import('./setup-context.mjs').SetupContext) => string} environment.folder where it is made; what is there is removed
 * @param {(context: import('./setup-context.mjs').SetupContext) => string} environment.requirements the file of the pinned packages
 * @param {{ purpose?: string, minor?: number }} [environment.need] of {@link findPython}
 */
export function pythonEnvironmentStep({ describe, folder: folderOf, requirements: fileOf, need }) {
  const stampOf = (context) => join(folderOf(context), 'selfsup-requirements.stamp');
  /** Scripts in a virtual environment hold its absolute path, so a clone that was moved needs a new one. */
  const wantedStamp = (context) =>
    contentHash(readFileSync(fileOf(context), 'utf8'), dirname(folderOf(context)));
  return {
    describe,

    isDone(context) {
      return (
        existsSync(pythonIn(context, folderOf(context))) &&
        readStamp(stampOf(context)) === wantedStamp(context)
      );
    },

    async run(context) {
      const folder = folderOf(context);
      const { program, version } = findPython(context, need);
      requireDiskSpace(context, dirname(folder), 600, 'The Python packages');
      const env = pythonEnvironment(context);
      rmSync(folder, { recursive: true, force: true });
      context.report.note(`Python ${version}`);
      await runCommand(context, `Making ${basename(folder)}`, program, ['-m', 'venv', folder], {
        env,
      });
      let packages = 0;
      await runCommand(
        context,
        describe,
        pythonIn(context, folder),
        [
          ...['-m', 'pip', 'install', '--require-hashes', '--only-binary=:all:'],
          ...['-r', fileOf(context)],
        ],
        {
          env,
          onLine(line) {
            if (line.startsWith('Collecting ')) packages += 1;
            if (packages > 0) context.report.note(counted(packages, 'package'));
            if (line.startsWith('Installing collected'))
              context.report.note(`unpacking ${counted(packages, 'package')}`);
          },
        },
      );
      writeFileSync(stampOf(context), wantedStamp(context));
    },
  };
}

export const pythonPackages = pythonEnvironmentStep({
  describe: 'Installing JupyterLab into .venv',
  folder: ({ venv }) => venv,
  requirements: ({ root }) => join(root, 'tools', 'requirements.txt'),
});
