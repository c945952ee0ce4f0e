import { createRequire } from 'node:module';
import { ensureSetupOrExit } from './setup.mjs';

/**
 * Runs a TypeScript program of the course once set-up is done, in this process, so that it ends with npm as the other commands
 * do. It reads this command's line.
 *
 * @param {string} file its path from here
 */
export async function runTypeScript(file) {
  await ensureSetupOrExit();
  const require = createRequire(import.meta.url);
  require('ts-node/register/transpile-only');
  require(file);
}
