import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { supportedRange, unsupportedNode } from './supported-node.cjs';

function supported(context) {
  const { engines } = JSON.parse(readFileSync(join(context.root, 'package.json'), 'utf8'));
  return supportedRange(engines.node);
}

export const nodeVersion = {
  describe: 'Checking Node',

  isDone(context) {
    const { from, to } = supported(context);
    const major = Number.parseInt(context.nodeVersion, 10);
    return major >= from && major <= to;
  },

  run(context) {
    throw new SetupError(unsupportedNode(context.nodeVersion, supported(context)));
  },
};
