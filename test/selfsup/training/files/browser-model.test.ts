import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CheckpointError,
  residualEncoder,
  saveForBrowser,
  tf,
  tutorialEncoder,
  visionTransformer,
} from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let server: Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-browser-'));
  server = createServer(async (request, response) => {
    response.end(await readFile(join(folder, request.url as string)).catch(() => ''));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** What `@tensorflow/tfjs` alone, as in a page, makes of four images with the model at an address. */
async function inAPage(size: number): Promise<number[][]> {
  const { port } = server.address() as AddressInfo;
  const program = `
    const tf = require('@tensorflow/tfjs');
    tf.loadLayersModel('http://127.0.0.1:${port}/model.json').then((model) => {
      const images = tf.linspace(0, 1, ${4 * size * size * 3}).reshape([4, ${size}, ${size}, 3]);
      console.log(JSON.stringify(model.predict(images).arraySync()));
    });`;
  const page = spawn(process.execPath, ['-e', program], { cwd: join(__dirname, '../../../..') });
  let output = '';
  page.stdout.on('data', (part) => {
    output += part;
  });
  page.stderr.on('data', (part) => {
    output += part;
  });
  await new Promise((ended) => page.on('close', ended));
  const last = output.trim().split('\n').at(-1) as string;
  expect(last, output).toMatch(/^\[\[/);
  return JSON.parse(last);
}

const here = (model: tf.LayersModel, size: number): number[][] =>
  tf.tidy(() => {
    const images = tf.linspace(0, 1, 4 * size * size * 3).reshape([4, size, size, 3]);
    return (model.predict(images) as tf.Tensor2D).arraySync();
  });

describe('saveForBrowser', () => {
  it.each([
    ['residualEncoder of any size', () => residualEncoder({ inputShape: [null, null, 3] })],
    ['tutorialEncoder', () => tutorialEncoder({ inputShape: [16, 16, 3] })],
  ])('%s gives the same features with @tensorflow/tfjs alone', async (_, make) => {
    const model = make();
    await saveForBrowser(folder, model);
    const [there, expected] = [(await inAPage(16)).flat(), here(model, 16).flat()];
    expect(there).toHaveLength(expected.length);
    // Two implementations of a convolution: float32 sums in another order.
    for (const [i, value] of expected.entries()) expect(there[i]).toBeCloseTo(value, 4);
    model.dispose();
  });

  it('replaces a model as a whole, and leaves what is not its own', async () => {
    await writeFile(join(folder, 'index.html'), 'a page');
    const [first, second] = [1, 2].map((seed) =>
      tutorialEncoder({ inputShape: [16, 16, 3], seed }),
    ) as [tf.LayersModel, tf.LayersModel];
    await saveForBrowser(folder, first);
    await saveForBrowser(folder, second);
    const files = await readdir(folder);
    expect(files.sort()).toEqual([
      'index.html',
      'model.json',
      expect.stringMatching(/^weights-[0-9a-f]{12}\.bin$/),
    ]);
    const { weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    expect(weightsManifest[0].paths).toEqual([files[2]]);
    for (const model of [first, second]) model.dispose();
  });

  it('refuses a layer that tfjs alone cannot make', async () => {
    const model = visionTransformer({ inputShape: [8, 8, 3], blocks: 1 });
    await expect(saveForBrowser(folder, model)).rejects.toThrow(
      /is a SelfsupVisionTransformer, which @tensorflow\/tfjs alone cannot make/,
    );
    expect(await readdir(folder)).toEqual([]);
    model.dispose();
  });

  it('says where a folder cannot be written', async () => {
    await writeFile(join(folder, 'taken'), '');
    const model = tutorialEncoder({ inputShape: [8, 8, 3] });
    await expect(saveForBrowser(join(folder, 'taken'), model)).rejects.toThrow(CheckpointError);
    await expect(saveForBrowser(join(folder, 'taken'), model)).rejects.toThrow(
      /could not be written .* name another folder/,
    );
    model.dispose();
  });
});
