import {
  InterruptedError,
  markInterrupted,
  overSeeds,
  setInterruptCell,
  tf,
  train,
  tsne,
} from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countingRows, noisyRegression } from '../training/loop/noisy-regression';

let cell: object | null = {};
beforeEach(() => {
  cell = {};
  setInterruptCell(() => cell);
});
afterEach(() => setInterruptCell(() => null));

const interrupt = () => process.kill(process.pid, 'SIGINT');

/** Trains 12 steps; sends the process SIGINT after step 3 where `interrupted`. */
async function trained(interrupted: boolean): Promise<string> {
  const model = noisyRegression();
  try {
    const { stopped } = await train({
      ...{ data: countingRows(20), batchSize: 6, learningRate: 0.05, steps: 12, compile: false },
      step: model.step,
      onStep: ({ step }) => interrupted && step === 3 && interrupt(),
    });
    return stopped;
  } finally {
    model.dispose();
  }
}

/** A loop over trainings as a notebook's cell writes it; the number of the one that is interrupted. */
async function loop(interruptedAt: number): Promise<{ stops: string[]; error: unknown }> {
  const stops: string[] = [];
  let error: unknown = null;
  try {
    for (const round of [1, 2, 3]) stops.push(await trained(round === interruptedAt));
  } catch (thrown) {
    error = thrown;
  }
  return { stops, error };
}

describe('one interrupt in a notebook cell', () => {
  it.each([
    [1, ['interrupted'], /^train was not begun: an interrupt had ended a training before it/],
    [2, ['finished'], /^train was interrupted\. It is not the first training of this cell/],
    // No training comes after it that could refuse to begin.
    [3, ['finished', 'finished'], /^train was interrupted\. It is not the first training/],
  ])('ends a loop of trainings in its training %i', async (at, stops, message) => {
    const { stops: found, error } = await loop(at);
    expect(found).toEqual(stops);
    expect(error).toBeInstanceOf(InterruptedError);
    expect((error as Error).message).toMatch(message);
    await expect(trained(false)).rejects.toThrow(InterruptedError);
    cell = {};
    expect(await loop(0)).toEqual({ stops: Array(3).fill('finished'), error: null });
  });

  it('ends a single training normally', async () => {
    expect(await trained(true)).toBe('interrupted');
  });

  it('ends nothing more outside of cells', async () => {
    cell = null;
    const { stops, error } = await loop(2);
    expect([stops, error]).toEqual([['finished', 'interrupted', 'finished'], null]);
  });

  it('ends all of overSeeds, and what the cell would train after it', async () => {
    const run = overSeeds([1, 2], async (seed) => {
      await trained(false);
      await trained(seed === 2);
      return seed;
    });
    await expect(run).rejects.toThrow(/overSeeds was interrupted at seed 2, after 1 of 2 seeds/);
    await expect(trained(false)).rejects.toThrow(InterruptedError);
  });

  it('ends a loop of maps', async () => {
    const points = tf.randomNormal<tf.Rank.R2>([40, 3], 0, 1, 'float32', 1);
    const map = (onProgress?: () => void) =>
      tsne(points, { perplexity: 5, iterations: 40, ...(onProgress && { onProgress }) });
    let sent = false;
    const first = await map(() => {
      if (!sent) interrupt();
      sent = true;
    });
    expect(first.shape).toEqual([40, 2]);
    await expect(map()).rejects.toThrow(/^tsne was not begun/);
    tf.dispose([points, first]);
  });

  it('a cell given up by the kernel begins no further training', async () => {
    markInterrupted();
    await expect(trained(false)).rejects.toThrow(/^train was not begun/);
  });
});

it('leaves a listener in place that only watches, and sets the others aside until the interrupt', async () => {
  const heard: string[] = [];
  const watches = Object.assign(() => heard.push('watches'), {
    [Symbol.for('tslab-kernel.watches-interrupts')]: true,
  });
  const ends = () => heard.push('ends the cell');
  process.on('SIGINT', watches).on('SIGINT', ends);
  try {
    expect(await trained(true)).toBe('interrupted');
    expect(heard).toEqual(['watches']);
    expect(process.listeners('SIGINT')).toEqual(expect.arrayContaining([watches, ends]));
  } finally {
    process.off('SIGINT', watches).off('SIGINT', ends);
  }
});
