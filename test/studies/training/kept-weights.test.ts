import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tf } from 'selfsup';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptWeights } from '../../../studies/training/kept-weights';
import { newClone } from './clone';

let root: string;
let git: (...args: string[]) => void;

beforeEach(async () => {
  ({ root, git } = await newClone());
});
afterEach(() => rm(root, { recursive: true }));

/** A layer of one weight, and how often it was trained: each training adds `to`. */
async function start(what: Record<string, string | number>, to: number) {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false })],
  });
  let trained = 0;
  await keptWeights(
    model,
    what,
    async () => {
      trained++;
      model.setWeights([tf.tensor2d([[to]])]);
    },
    root,
  );
  return { trained, weight: model.getWeights()[0]?.dataSync()[0] };
}

it('trains once what is the same, and again for another seed', async () => {
  expect(await start({ seed: 1 }, 5)).toEqual({ trained: 1, weight: 5 });
  expect(await start({ seed: 1 }, 6)).toEqual({ trained: 0, weight: 5 });
  expect(await start({ seed: 2 }, 7)).toEqual({ trained: 1, weight: 7 });
});

it('keeps nothing for other code', async () => {
  await start({ seed: 1 }, 5);
  await writeFile(join(root, 'code.ts'), '2');
  expect(await start({ seed: 1 }, 6)).toEqual({ trained: 1, weight: 6 });
  git('commit', '-am', 'second');
  expect(await start({ seed: 1 }, 7)).toEqual({ trained: 1, weight: 7 });
  git('checkout', '-q', 'HEAD~1');
  expect(await start({ seed: 1 }, 8)).toEqual({ trained: 0, weight: 5 });
});
