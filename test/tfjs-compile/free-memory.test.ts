import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Makes and disposes of 256 MB of tensors, and prints how much memory of the process goes back to the system when asked for. */
const PROGRAM = `
const tf = require('@tensorflow/tfjs-node');
const { releaseFreeMemory } = require('tfjs-compile');
const tensors = Array.from({ length: 64 }, () => tf.fill([1024, 1024], 1));
tf.dispose(tensors);
const before = process.memoryUsage.rss();
const released = releaseFreeMemory();
console.log(JSON.stringify({ released, megabytes: (before - process.memoryUsage.rss()) / 2 ** 20 }));
`;

function released(environment: Record<string, string>): { released: boolean; megabytes: number } {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', MALLOC_ARENA_MAX: '1', ...environment };
  const { stdout } = spawnSync(process.execPath, ['-e', PROGRAM], { env, encoding: 'utf8' });
  return JSON.parse(stdout) as { released: boolean; megabytes: number };
}

it.runIf(process.platform === 'linux')(
  'gives memory of disposed tensors back where TensorFlow takes it from malloc, else does nothing',
  () => {
    const found = released({ TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '1' });
    expect(found.released).toBe(true);
    expect(found.megabytes).toBeGreaterThan(100);
    expect(released({ TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '0' }).released).toBe(false);
  },
);
