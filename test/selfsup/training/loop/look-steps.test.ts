import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type LookSteps, type TrainOptions, train } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { countingRows, noisyRegression, type Rows, sound } from './noisy-regression';

/** The steps after which a training of 13 steps looks. */
async function looksOf(
  everySteps: LookSteps,
  options: Partial<TrainOptions<Rows>> = {},
): Promise<number[]> {
  const model = noisyRegression();
  try {
    const { history } = await train({
      ...{ step: model.step, data: countingRows(20), batchSize: 6, learningRate: 0.05, seed: 7 },
      ...{ steps: 13, compile: false, diagnostics: { everySteps, measure: () => sound } },
      ...options,
    });
    return history.diagnostics.map(({ step }) => step);
  } finally {
    model.dispose();
  }
}

const denseAtFirst = (stepsDone: number): boolean => stepsDone % (stepsDone <= 4 ? 2 : 5) === 0;

describe('steps to look after', () => {
  it.each<[string, LookSteps, number[]]>([
    ['a number', 5, [0, 5, 10, 13]],
    ['a number beyond the end', 100, [0, 13]],
    ['a list', [1, 2, 4, 8], [0, 1, 2, 4, 8, 13]],
    ['a list in any order, with both ends and one never reached', [13, 3, 0, 99], [0, 3, 13]],
    ['an empty list', [], [0, 13]],
    ['a function', denseAtFirst, [0, 2, 4, 5, 10, 13]],
    ['a function that never says so', () => false, [0, 13]],
  ])('%s', async (_name, everySteps, expected) => {
    expect(await looksOf(everySteps)).toEqual(expected);
  });

  it('asks a function once for each step done, and for 0 while the options are checked', async () => {
    const asked: number[] = [];
    await looksOf((stepsDone) => asked.push(stepsDone) < 0);
    expect(asked).toEqual(Array.from({ length: 14 }, (_, stepsDone) => stepsDone));
  });

  it.each<[string, LookSteps]>([
    ['a list', [1, 2, 4, 8]],
    ['a function', denseAtFirst],
  ])(
    'a run resumed between two looks has those of one that was never stopped: %s',
    async (_name, everySteps) => {
      const folder = await mkdtemp(join(tmpdir(), 'selfsup-looks-'));
      try {
        const checkpoint = { file: join(folder, 'run.safetensors') };
        await looksOf(everySteps, { steps: 4, checkpoint });
        const resumed = await looksOf(everySteps, { checkpoint, resume: true });
        expect(resumed).toEqual(await looksOf(everySteps));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it.each<[LookSteps, RegExp]>([
    [0, /train: diagnostics\.everySteps is 0; expected a whole number, 1 or more/],
    [2.5, /everySteps is 2\.5/],
    [[1, 2.5], /everySteps\[1\] is 2\.5; expected a list of steps, whole numbers from 0 on/],
    [[-1], /everySteps\[0\] is -1/],
    [['2'] as never, /everySteps\[0\] is 2;/],
    ['5' as never, /everySteps is 5;/],
    [
      ((step: number) => step % 2) as never,
      /everySteps returned 0 for 0 steps done; expected true or false/,
    ],
  ])('refuses %o before any step', async (everySteps, message) => {
    let steps = 0;
    const run = looksOf(everySteps, { onStep: () => steps++ });
    await expect(run).rejects.toThrow(InvalidArgumentError);
    await expect(run).rejects.toThrow(message);
    expect(steps).toBe(0);
  });

  it('ends a run whose function stops saying true or false', async () => {
    const everySteps = ((stepsDone: number) => (stepsDone < 3 ? false : undefined)) as never;
    await expect(looksOf(everySteps)).rejects.toThrow(/returned undefined for 3 steps done/);
  });
});
