import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';

const PACKAGE = 'tfjs-node-tensorflow';

/** True when the package that installs TensorFlow is itself installed and compiled. */
export function enginePackageIsReady(context) {
  return existsSync(join(context.root, 'node_modules', PACKAGE, 'dist', 'index.js'));
}

/**
 * The package that gives any project's tfjs-node a TensorFlow. It is loaded late: it is compiled by set-up itself.
 *
 * @param {import('./setup-context.mjs').SetupContext} context
 * @returns {typeof import('tfjs-node-tensorflow')}
 */
export function enginePackage(context) {
  return createRequire(join(context.root, 'package.json'))(PACKAGE);
}

/** The engine of this clone, as the package's functions take it. */
export function engineOptions(context) {
  const { root, gpu, cache, python, env, platform, arch, nodeVersion, freeBytes } = context;
  return {
    cwd: root,
    gpu,
    cacheDir: cache,
    ...(existsSync(python) ? { python } : {}),
    installCommand: 'npm run setup',
    cacheVariable: 'SELFSUP_CACHE',
    machine: { env, platform, arch, nodeVersion, freeBytes },
  };
}

export const tensorFlowEngine = {
  describe: 'Installing TensorFlow for Node',

  isDone(context) {
    return (
      enginePackageIsReady(context) && enginePackage(context).isInstalled(engineOptions(context))
    );
  },

  async run(context) {
    const { install, TensorFlowInstallError } = enginePackage(context);
    try {
      await install({
        ...engineOptions(context),
        onProgress: ({ stage, message }) => {
          if (stage === 'repair') context.report.say(`  ${message}`);
          else context.report.note(message);
        },
      });
    } catch (error) {
      if (!(error instanceof TensorFlowInstallError)) throw error;
      throw new SetupError(error.message, { cause: error });
    }
  },
};
