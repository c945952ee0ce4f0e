import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed, root } from '../../tslab-kernel/kernel-client';

/** A training of a thousandth of a second a step: as many steps as it is given, each of the first told. */
const DEFINITIONS = `
import { overSeeds, train, trainingStep, tf } from 'selfsup';
import { progressBar } from 'selfsup-course';
const data = { size: 4, batch: (indices: ArrayLike<number>) => ({ rows: tf.ones([indices.length, 1]) as tf.Tensor2D }) };
const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
const step = trainingStep<{ rows: tf.Tensor2D }>([weight], ({ rows }) => {
  weight.assign(weight.mul(0.999));
  return { loss: rows.mean().mul(weight) as tf.Scalar };
});
const one = (name: string, steps: number) => train({
  step: step, data: data, batchSize: 4, steps: steps, learningRate: 1, compile: false,
  onStep: ({ step: number }) => { if (number === 2) console.log('training ' + name); },
});
const FOREVER = 1e7;
`;

const KERNELS = {
  'tslab-kernel': path.join(root, 'lib/tslab-kernel/bin/tslab-kernel.js'),
  'the stock tslab': path.join(root, 'node_modules/tslab/bin/tslab'),
};

describe.each(Object.entries(KERNELS))('one press of ■ on %s', (_, script) => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start({ script });
    const { reply, published } = await kernel.run(DEFINITIONS);
    expect(reply.status, printed(published)).toBe('ok');
  }, 120_000);
  afterAll(() => kernel.stop());

  /** Runs a cell and sends one SIGINT once it has printed something. */
  async function interrupted(code: string, once: string) {
    const id = await kernel.submit(code);
    await kernel.until(() => printed(kernel.of(id)).includes(once), once);
    kernel.child.kill('SIGINT');
    const { reply, published } = await kernel.answer(id);
    // After an error a stock tslab refuses cells for 200 ms.
    await sleep(400);
    // Where a stock tslab tells of an error, and where ours does.
    const traces = published.flatMap(({ content }) => content.traceback ?? []);
    const error = [printed(published, 'stderr'), ...traces].join('\n');
    return { status: reply.status, text: printed(published), error };
  }

  it('ends a plain loop of trainings', async () => {
    const { status, text, error } = await interrupted(
      `for (const name of ['a', 'b', 'c']) await one(name, FOREVER);
       console.log('the end');`,
      'training a',
    );
    expect(status).toBe('error');
    expect(error).toContain('train was not begun: an interrupt had ended a training before it.');
    expect(text).not.toMatch(/training b|the end/);
  });

  it('ends a loop in its last training: no mean is taken over it', async () => {
    const { status, text, error } = await interrupted(
      `for (const name of ['a', 'b']) await one(name, name === 'b' ? FOREVER : 5);
       console.log('the end');`,
      'training b',
    );
    expect(status).toBe('error');
    expect(error).toContain('It is not the first training of this cell');
    expect(text).not.toContain('the end');
  });

  it('ends overSeeds, and names what was finished', async () => {
    const { status, text, error } = await interrupted(
      `const mean = await overSeeds([1, 2, 3], async (seed) => {
         await one('of seed ' + seed, seed === 2 ? FOREVER : 5);
         return seed;
       });
       console.log('the end');`,
      'training of seed 2',
    );
    expect(status).toBe('error');
    expect(error).toMatch(/overSeeds was interrupted at seed 2, after 1 of 3 seeds \(seed 1: 1\)/);
    expect(text).not.toMatch(/training of seed 3|the end/);
  });

  it('ends a single training normally, and its cell goes on', async () => {
    const { status, text } = await interrupted(
      `const { reason } = await one('alone', FOREVER);
       console.log(reason);`,
      'training alone',
    );
    expect(status).toBe('ok');
    expect(text).toMatch(/Interrupted after \d+ of 10000000 steps\. The weights are kept/);
  });

  it('ends a loop written by hand that shows its progress, also in the background', async () => {
    const { status } = await interrupted(
      `Object.assign(globalThis, { turns: 0 });
       const bar = progressBar();
       for (;;) {
         const done = ++(globalThis as { turns?: number }).turns!;
         bar({ label: 'By hand', done: done, total: null, unit: 'steps' });
         if (done === 3) console.log('under way');
         await new Promise((resolve) => setTimeout(resolve, 5));
       }`,
      'under way',
    );
    expect(status).toBe('error');
    const turns = async () =>
      printed(
        (await kernel.run('console.log((globalThis as { turns?: number }).turns);')).published,
      );
    const before = await turns();
    expect(before).toMatch(/^\d+\n$/);
    await sleep(300);
    expect(await turns()).toBe(before);
  });

  it('the next cell trains again', async () => {
    const { reply, published } = await kernel.run("console.log((await one('again', 5)).stopped);");
    expect([reply.status, printed(published)]).toEqual(['ok', 'training again\nfinished\n']);
  });
});
