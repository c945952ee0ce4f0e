import * as tf from '@tensorflow/tfjs';
import { nodeBackend } from './node-backend';

/**
 * Gives memory that no tensor uses any more back to the system, in some hundredths of a second: after a training, which needs
 * hundreds of megabytes for what lies between input and gradient. It can do so with a binding built by tfjs-node-tensorflow, on
 * Linux, where the environment variable `TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1` was set before tfjs-node was loaded; elsewhere
 * TensorFlow keeps what it has had, and nothing happens.
 *
 * @returns Whether it could be done.
 */
export function releaseFreeMemory(): boolean {
  if (tf.getBackend() !== 'tensorflow') return false;
  return nodeBackend().binding.releaseFreeMemory?.() ?? false;
}
