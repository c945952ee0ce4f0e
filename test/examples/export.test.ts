import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, tf } from 'selfsup';
import { pretrainedEncoder } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../selfsup/data/image-folder/pictures';
import { runExample } from './run-example';

describe('examples/export.ts', { timeout: 600_000 }, () => {
  it('writes a shipped encoder for Node and for a page, and reads both back', async () => {
    const out = folderOf();
    const { stdout, stderr, status } = await runExample('export.ts', 'emoji', '--out', out);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('The encoder trained on Emoji: 128 numbers for each image.');
    expect(stdout.match(/read back, features differ by at most \d/g)).toHaveLength(2);
    expect(readdirSync(join(out, 'browser')).sort()).toEqual([
      'model.json',
      expect.stringMatching(/^weights-.*\.bin$/),
    ]);
    const [exported, { encoder }] = await Promise.all([
      loadModel(join(out, 'encoder.safetensors')),
      pretrainedEncoder('emoji'),
    ]);
    const images = tf.randomUniform([2, 32, 32, 3], 0, 1, 'float32', 1);
    expect((exported.predict(images) as tf.Tensor).arraySync()).toEqual(
      (encoder.predict(images) as tf.Tensor).arraySync(),
    );
    for (const model of [exported, encoder]) model.dispose();
    images.dispose();
  });

  it.each([
    [[], 'Name an encoder.'],
    [
      ['pixels'],
      'ENCODER is "pixels", which has no weights; expected cifar10, emoji, random, or a file',
    ],
    [
      ['emoji', '--ut', 'a'],
      `Unknown option '--ut'. What begins with a dash and is no option stands at the end, after "--".\n`,
    ],
    [['none'], 'ENCODER is "none", and there is no file'],
    [['cifar10', 'emoji'], '"emoji" is one word too many'],
  ])('refuses %j and shows the options', async (args, message) => {
    const { status, stderr } = await runExample('export.ts', ...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--out FOLDER');
    expect(status).toBe(2);
  });
});
