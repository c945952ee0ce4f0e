import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentHash, readStamp } from '../setup/content-hash.mjs';
import { installPythonPackages } from '../setup/python-environment.mjs';
import { pythonIn } from '../setup/setup-context.mjs';
import { withLock } from '../setup/setup-lock.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/** The environment is the same for every copy of the course, so it lies in the user's cache. */
function environmentOf(context) {
  const folder = join(context.cache, 'site-python');
  return {
    folder,
    python: pythonIn(context, folder),
    stamp: join(folder, 'selfsup-requirements.stamp'),
    wanted: contentHash(readFileSync(REQUIREMENTS, 'utf8'), folder),
  };
}

/** @param {import('../setup/setup-context.mjs').SetupContext} context */
export function sitePythonOf(context) {
  return environmentOf(context).python;
}

/** A step of set-up: Sphinx with its theme and its reader of notebooks, apart from the course's own `.venv`. */
export const sitePython = {
  describe: 'Installing Sphinx, for the site',

  isDone(context) {
    const { python, stamp, wanted } = environmentOf(context);
    return existsSync(python) && readStamp(stamp) === wanted;
  },

  async run(context) {
    const { folder, stamp, wanted } = environmentOf(context);
    await withLock(join(context.cache, 'locks', 'site-python.lock'), context.report, async () => {
      if (this.isDone(context)) return;
      await installPythonPackages(context, {
        describe: this.describe,
        folder,
        requirements: REQUIREMENTS,
        need: { purpose: 'The site', minor: 11 },
      });
      writeFileSync(stamp, wanted);
    });
  },
};
