import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';

/** The range of `engines.node` in package.json: `>=20 <27`. */
function supportedRange(context) {
  const { engines } = JSON.parse(readFileSync(join(context.root, 'package.json'), 'utf8'));
  const range = /^>=(\d+) <(\d+)$/.exec(engines.node);
  if (range === null) {
    throw new Error(
      `engines.node in package.json is "${engines.node}"; expected the form ">=20 <27", write it so.`,
    );
  }
  const [, from, below] = range;
  return { from: Number(from), to: Number(below) - 1 };
}

export const nodeVersion = {
  describe: 'Checking Node',

  isDone(context) {
    const { from, to } = supportedRange(context);
    const major = Number.parseInt(context.nodeVersion, 10);
    return major >= from && major <= to;
  },

  run(context) {
    const { from, to } = supportedRange(context);
    throw new SetupError(
      `This is Node ${context.nodeVersion}, and the course runs on Node ${from} to ${to}; install Node 22 ` +
        '(nodejs.org, or "nvm install 22"), then run "npm run setup" again.',
    );
  },
};
