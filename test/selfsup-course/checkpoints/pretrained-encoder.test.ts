import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InvalidArgumentError, tf } from 'selfsup';
import {
  loadImageData,
  PretrainedEncoderError,
  type PretrainedEncoderName,
  pretrainedEncoder,
  untrainedEncoder,
} from 'selfsup-course';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleKnn } from '../../../studies/checkpoints/encoder-accuracy';

const shipped = path.join(__dirname, '../../../data/checkpoints');
const names: PretrainedEncoderName[] = ['cifar10', 'emoji'];

describe.each(names)('the encoder trained on %s', (name) => {
  it('is small, and loads to a model of the size on its card', async () => {
    expect(statSync(path.join(shipped, `${name}.safetensors`)).size).toBeLessThan(1.5e6);
    const { encoder, card } = await pretrainedEncoder(name);
    expect([encoder.countParams(), encoder.outputShape]).toEqual([
      card.parameters,
      [null, card.embeddingDim],
    ]);
    const features = encoder.predict(tf.zeros([2, 24, 40, 3])) as tf.Tensor;
    expect(features.shape).toEqual([2, card.embeddingDim]);
    features.dispose();
    encoder.dispose();
  });

  it.skipIf(name === 'cifar10' && process.env.CIFAR10_DIR === undefined)(
    'reaches the accuracy on its card, far above the untrained one (CIFAR10_DIR names CIFAR-10)',
    async () => {
      const { encoder, card } = await pretrainedEncoder(name);
      const data = await loadImageData({ data: name, seed: Number(card.recipe.seed) });
      const accuracy = await sampleKnn(encoder, data);
      encoder.dispose();
      // Another processor rounds otherwise, and a few of 1,000 neighbours change.
      expect(Math.abs(accuracy - card.sample.trained)).toBeLessThan(0.01);
      const untrained = untrainedEncoder(card, Number(card.recipe.seed));
      const control = await sampleKnn(untrained, data);
      untrained.dispose();
      expect(Math.abs(control - card.sample.untrained)).toBeLessThan(0.01);
      expect(accuracy - control).toBeGreaterThan(0.08);
    },
  );
});

describe('a shipped encoder that cannot be read', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'checkpoints-'));
    for (const file of ['emoji.json', 'emoji.safetensors']) {
      copyFileSync(path.join(shipped, file), path.join(dir, file));
    }
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('of an unknown name says which there are', async () => {
    await expect(pretrainedEncoder('imagenet' as 'emoji')).rejects.toThrow(InvalidArgumentError);
    await expect(pretrainedEncoder('imagenet' as 'emoji')).rejects.toThrow(
      'the name is "imagenet"; expected "cifar10" or "emoji"',
    );
  });

  it.each(['emoji.json', 'emoji.safetensors'])('without %s says how to get it', async (file) => {
    rmSync(path.join(dir, file));
    const failure = pretrainedEncoder('emoji', { dir });
    await expect(failure).rejects.toThrow(PretrainedEncoderError);
    await expect(failure).rejects.toThrow(/could not be read .*git checkout -- data\/checkpoints/);
  });

  it('with one bit flipped is not taken', async () => {
    const file = path.join(dir, 'emoji.safetensors');
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] as number) ^ 1;
    writeFileSync(file, bytes);
    const before = tf.memory().numTensors;
    const failure = pretrainedEncoder('emoji', { dir });
    await expect(failure).rejects.toThrow(PretrainedEncoderError);
    await expect(failure).rejects.toThrow(/is not the file its card describes/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('with a card cut short is named as damaged', async () => {
    writeFileSync(path.join(dir, 'emoji.json'), '{ "name": "emoji",');
    await expect(pretrainedEncoder('emoji', { dir })).rejects.toThrow(/emoji\.json is damaged/);
  });
});
