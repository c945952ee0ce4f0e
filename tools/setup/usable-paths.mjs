import { delimiter } from 'node:path';
import { SetupError } from './setup-error.mjs';

/**
 * A virtual environment's PATH and the loader's list of folders are divided by colons; neither can quote one.
 *
 * @throws SetupError when the path of the clone or of the cache holds a colon (on Windows: a semicolon)
 */
export function assertUsablePaths(context) {
  for (const [name, path, advice] of [
    ['folder of the course', context.root, 'move the clone to another'],
    ['cache folder', context.cache, 'name another by the variable SELFSUP_CACHE'],
  ]) {
    if (path.includes(delimiter)) {
      throw new SetupError(
        `The path of the ${name}, ${path}, holds "${delimiter}", which Python and the system's loader cannot use; ` +
          `${advice}, then run "npm run setup" again.`,
      );
    }
  }
}
