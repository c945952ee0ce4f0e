import { expectTypeOf } from 'expect-type';
import {
  InterruptedError,
  InvalidArgumentError,
  overSeeds,
  type Progress,
  SeedSummary,
  train,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { countingRows, noisyRegression } from '../training/loop/noisy-regression';

describe('SeedSummary', () => {
  it('has the mean and the sample standard deviation', () => {
    const summary = new SeedSummary([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 4, 4, 5, 5, 7, 9]);
    expect(summary.mean).toBe(5);
    // Σ(x − 5)² = 32, over n − 1 = 7.
    expect(summary.deviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('writes mean ± deviation, of one seed the value alone', () => {
    const summary = new SeedSummary([1, 2, 3], [0.591, 0.595, 0.599]);
    expect(summary.percent()).toBe('59.5 ± 0.4 %');
    expect(summary.toString(3)).toBe('0.595 ± 0.004');
    expect(`${summary}`).toBe('0.59 ± 0.00');
    expect(new SeedSummary([1], [0.5]).percent()).toBe('50.0 %');
    expect(new SeedSummary([1], [0.5]).deviation).toBeNaN();
  });

  it('is scaled with its deviation', () => {
    const summary = new SeedSummary([1, 2, 3], [0.25, 0.5, 0.75]).times(100);
    expect(summary).toMatchObject({
      seeds: [1, 2, 3],
      values: [25, 50, 75],
      mean: 50,
      deviation: 25,
    });
  });

  it('knows when two spreads lie apart', () => {
    const summary = (...values: number[]) => new SeedSummary([1, 2, 3], values);
    const low = summary(0.1, 0.2, 0.3);
    expect(low.isApartFrom(summary(0.4, 0.5, 0.6))).toBe(true);
    expect(summary(0.4, 0.5, 0.6).isApartFrom(low)).toBe(true);
    expect(low.isApartFrom(summary(0.2, 0.35, 0.5))).toBe(false);
    expect(low.isApartFrom(new SeedSummary([1], [0.9]))).toBe(false);
  });

  it('refuses values without seeds', () => {
    expect(() => new SeedSummary([1, 2], [0.5])).toThrow(/1 values of 2 seeds/);
    expect(() => new SeedSummary([], [])).toThrow(InvalidArgumentError);
  });
});

describe('overSeeds', () => {
  it('runs the seeds in order, one after the other', async () => {
    const events: string[] = [];
    const seen: Progress[] = [];
    const summary = await overSeeds(
      [3, 1, 2],
      async (seed) => {
        events.push(`begin ${seed}`);
        await new Promise(setImmediate);
        events.push(`end ${seed}`);
        return seed / 10;
      },
      { label: 'Probe', onProgress: (progress) => seen.push(progress) },
    );
    expect(events).toEqual(['begin 3', 'end 3', 'begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(summary.seeds).toEqual([3, 1, 2]);
    expect(summary.values).toEqual([0.3, 0.1, 0.2]);
    expect(summary.mean).toBeCloseTo(0.2, 12);
    expect(seen.map(({ done, total, label }) => [label, done, total])).toEqual(
      [0, 1, 2, 3].map((done) => ['Probe', done, 3]),
    );
  });

  it('summarises several quantities by name', async () => {
    const results = await overSeeds([1, 2], (seed) => ({ probe: seed, tuned: 10 * seed }));
    expectTypeOf(results).toEqualTypeOf<Record<'probe' | 'tuned', SeedSummary>>();
    expect(results.probe.values).toEqual([1, 2]);
    expect(results.tuned.mean).toBe(15);
  });

  it('passes an error of the run on', async () => {
    await expect(
      overSeeds([1], () => {
        throw new RangeError('no data');
      }),
    ).rejects.toThrow(RangeError);
  });

  it('refuses no seeds, equal seeds, and values that are none', async () => {
    await expect(overSeeds([], () => 1)).rejects.toThrow(/seeds are \[\]/);
    await expect(overSeeds([1, 1], () => 1)).rejects.toThrow(/each once/);
    await expect(overSeeds([4], () => Number.NaN)).rejects.toThrow(/with seed 4 .* value = NaN/);
    await expect(overSeeds([4], () => ({ a: 1, b: Infinity }))).rejects.toThrow(/b = Infinity/);
    const changing = overSeeds<string>(
      [1, 2],
      (seed): Record<string, number> => (seed === 1 ? { a: 1 } : { b: 1 }),
    );
    await expect(changing).rejects.toThrow(/returned b, before that a/);
  });
});

describe('an interrupt', () => {
  const data = countingRows(20);
  /** Trains 30 steps; sends the process SIGINT after step 3 where `interrupt`. */
  async function trained(interrupt: boolean): Promise<string> {
    const model = noisyRegression();
    try {
      const onStep = ({ step }: { step: number }) => {
        if (interrupt && step === 3) process.kill(process.pid, 'SIGINT');
      };
      const settings = { data, batchSize: 6, learningRate: 0.05, steps: 30, compile: false };
      return (await train({ ...settings, step: model.step, onStep })).stopped;
    } finally {
      model.dispose();
    }
  }
  const listeners = () => process.listeners('SIGINT').length;

  it('ends all seeds: no training begins after it, and no mean is taken', async () => {
    const before = listeners();
    const stops: string[] = [];
    const run = overSeeds([1, 2, 3], async (seed) => {
      stops.push(await trained(seed === 2));
      stops.push(await trained(false));
      return seed;
    });
    await expect(run).rejects.toThrow(InterruptedError);
    await expect(run).rejects.toThrow(
      /interrupted at seed 2, after 1 of 3 seeds \(seed 1: 1\)\. No mean is taken/,
    );
    expect(stops).toEqual(['finished', 'finished', 'interrupted']);
    expect(listeners()).toBe(before);
    // Nothing of it is left for what comes later.
    expect(await trained(false)).toBe('finished');
    expect((await overSeeds([1, 2], (seed) => seed)).mean).toBe(1.5);
  });

  it('is noticed between trainings, too, and what the run returns then is no result', async () => {
    const run = overSeeds([1, 2], async (seed) => {
      if (seed === 2) process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return seed === 2 ? Number.NaN : seed;
    });
    await expect(run).rejects.toThrow(/interrupted at seed 2/);
  });
});
