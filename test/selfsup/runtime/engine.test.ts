import { spawnSync } from 'node:child_process';
import util from 'node:util';
import { tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('engine', () => {
  it('is TensorFlow, reached through tfjs-node', () => {
    expect(tf.getBackend()).toBe('tensorflow');
    expect(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).arraySync()).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });

  it('is the one that any import of tfjs-node meets', () => {
    expect(require('@tensorflow/tfjs-node').Tensor).toBe(tf.Tensor);
  });

  it('puts back what later Nodes lack, without a warning', () => {
    const old = util as unknown as Record<string, (value: unknown) => boolean>;
    expect(old.isNullOrUndefined?.(null)).toBe(true);
    expect(old.isNullOrUndefined?.(0)).toBe(false);
    expect(old.isArray?.([])).toBe(true);
  });

  it('writes neither log lines nor warnings when it is loaded and when it runs a graph', () => {
    const script = `
      const { tf } = require('selfsup');
      const square = require('tfjs-compile').compile((x) => x.square());
      for (let call = 0; call < 3; call++) square(tf.tensor1d([call])).dataSync();`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
