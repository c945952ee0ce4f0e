import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironmentStep } from '../setup/python-environment.mjs';
import { pythonIn } from '../setup/setup-context.mjs';
import { withLock } from '../setup/setup-lock.mjs';

/** The environment is the same for every copy of the course, so it lies in the user's cache. */
const folderOf = ({ cache }) => join(cache, 'site-python');

const environment = pythonEnvironmentStep({
  describe: 'Installing Sphinx, for the site',
  folder: folderOf,
  requirements: () => fileURLToPath(new URL('./requirements.txt', import.meta.url)),
  need: { purpose: 'The site', minor: 11 },
});

/** @param {import('../setup/setup-context.mjs').SetupContext} context */
export function sitePythonOf(context) {
  return pythonIn(context, folderOf(context));
}

/** A step of set-up: Sphinx with its theme and its reader of notebooks, apart from the course's own `.venv`. */
export const sitePython = {
  ...environment,

  async run(context) {
    // Set-up's own lock is the clone's, and the folder is shared by all clones.
    await withLock(join(context.cache, 'locks', 'site-python.lock'), context.report, async () => {
      if (!environment.isDone(context)) await environment.run(context);
    });
  },
};
