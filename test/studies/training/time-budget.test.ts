import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { processorSeconds, TimeBudget } from '../../../studies/training/time-budget';

/** A clock that a test sets. */
function clock() {
  const time = { seconds: 100 };
  return { time, now: () => time.seconds };
}

describe('TimeBudget', () => {
  it('lets the learning rate fall as half a cosine of the time since the first step', () => {
    const { time, now } = clock();
    const budget = new TimeBudget(40, now);
    const rate = budget.schedule({ peak: 0.4, warmupSteps: 0 });
    // What passes before the first step does not count.
    time.seconds = 500;
    const rates = [0, 10, 20, 30, 40].map((after, step) => {
      time.seconds = 500 + after;
      return rate(step, 1e7);
    });
    const cosines = [1, Math.SQRT1_2, 0, -Math.SQRT1_2, -1];
    rates.forEach((value, index) => {
      expect(value).toBeCloseTo(0.2 * (1 + (cosines[index] as number)), 12);
    });
  });

  it('grows over the steps of the warm-up', () => {
    const { now } = clock();
    const rate = new TimeBudget(40, now).schedule({ peak: 0.4, warmupSteps: 4 });
    expect([0, 1, 2, 3, 4].map((step) => rate(step, 1e7))).toEqual([
      0.1, 0.2, 0.30000000000000004, 0.4, 0.4,
    ]);
  });

  it.each([
    [
      'a falling rate',
      (budget: TimeBudget) => budget.schedule({ peak: 0.4, warmupSteps: 1 }),
      [0.4, 0],
    ],
    ['a constant rate', (budget: TimeBudget) => budget.constant(0.4), [0.4, 0.4]],
  ])('with %s stops the training when the time is used up, not before', (_, rateOf, ends) => {
    const { time, now } = clock();
    const budget = new TimeBudget(40, now);
    const rate = rateOf(budget);
    // What passes before the first step does not count.
    time.seconds = 500;
    expect(rate(0, 1e7)).toBe(ends[0]);
    time.seconds += 39.9;
    rate(1, 1e7);
    expect(budget.signal.aborted).toBe(false);
    time.seconds += 0.2;
    expect(rate(2, 1e7)).toBe(ends[1]);
    expect(budget.signal.aborted).toBe(true);
  });
});

describe('processorSeconds', () => {
  it('counts what this process computes, shared out among the cores, and not what it waits', async () => {
    const start = processorSeconds();
    const { user, system } = process.cpuUsage();
    const usedSince = () => {
      const now = process.cpuUsage();
      return (now.user + now.system - user - system) / 1e6;
    };
    while (usedSince() < 0.5);
    const worked = processorSeconds() - start;
    expect(worked * availableParallelism()).toBeGreaterThanOrEqual(0.5);
    expect(worked * availableParallelism()).toBeLessThan(0.6);
    // A second of wall-clock, in which the process has next to nothing to do.
    await sleep(1000);
    expect(processorSeconds() - start - worked).toBeLessThan(0.5);
  });
});
