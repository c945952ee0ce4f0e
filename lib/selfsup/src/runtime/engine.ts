import { existsSync } from 'node:fs';
import { SelfSupError } from './errors';

/** TensorFlow's native library could not be loaded. */
export class EngineError extends SelfSupError {}

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
 * @throws EngineError when it does not load: TensorFlow has not been installed for tfjs-node.
 */
export function loadEngine(): void {
  // Not by import at the top: it changes Node's own modules, which is this function's business alone.
  require('tfjs-node-tensorflow/node-compatibility');
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
        'Run "npx tfjs-node-tensorflow install", then start again.',
      { cause },
    );
  }
}
