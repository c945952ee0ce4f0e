import { existsSync } from 'node:fs';
import util from 'node:util';
import { SelfSupError } from './errors';

/** TensorFlow's native library could not be loaded. */
export class EngineError extends SelfSupError {}

/**
 * tfjs-node 4.22 calls two functions that Node 23 removed and that Node 22 answers with a deprecation warning, which
 * would stand in red in a learner's cell.
 */
function replaceDeprecatedNodeFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/** True where the NVIDIA driver is loaded and set-up has built tfjs-node-gpu's binding. */
function gpuEngineIsReady(): boolean {
  if (!existsSync('/proc/driver/nvidia/version')) return false;
  const packageFile = require.resolve('@tensorflow/tfjs-node-gpu/package.json');
  return existsSync(packageFile.replace(/package\.json$/, 'lib/napi-v8/tfjs_binding.node'));
}

/**
 * Loads the engine: tfjs-node-gpu where an NVIDIA GPU is ready, tfjs-node elsewhere. The GPU package is put in
 * the module cache under tfjs-node's name, so that every import of `@tensorflow/tfjs-node` meets the same engine.
 *
 * @throws EngineError when set-up has not been run.
 */
export function loadEngine(): void {
  replaceDeprecatedNodeFunctions();
  // TensorFlow reads this when its library is loaded; its log lines go to a terminal no learner sees.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  try {
    if (gpuEngineIsReady()) {
      require('@tensorflow/tfjs-node-gpu');
      require.cache[require.resolve('@tensorflow/tfjs-node')] =
        require.cache[require.resolve('@tensorflow/tfjs-node-gpu')];
    } else {
      require('@tensorflow/tfjs-node');
    }
  } catch (cause) {
    throw new EngineError(
      `TensorFlow could not be loaded (${(cause as Error).message.split('\n')[0]}). ` +
        'Run "npm run setup" in the folder of the course, then restart the kernel.',
      { cause },
    );
  }
}
