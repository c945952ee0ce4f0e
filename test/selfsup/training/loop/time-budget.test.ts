import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  InvalidArgumentError,
  type Progress,
  processorSeconds,
  setWorkLimit,
  TimeBudget,
} from 'selfsup';
import { afterEach, describe, expect, it } from 'vitest';

/** A clock that a test sets. */
function settableClock() {
  const time = { seconds: 100 };
  return { time, clock: () => time.seconds };
}

afterEach(() => setWorkLimit(null));

describe('TimeBudget', () => {
  it('lets the learning rate fall as half a cosine of the time since the first step', () => {
    const { time, clock } = settableClock();
    const budget = new TimeBudget(40, { clock });
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
    const { clock } = settableClock();
    const rate = new TimeBudget(40, { clock }).schedule({ peak: 0.4, warmupSteps: 4 });
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
    const { time, clock } = settableClock();
    const budget = new TimeBudget(40, { clock });
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

  it('tells the seconds that have passed, up to its end', () => {
    const { time, clock } = settableClock();
    const progress: Progress[] = [];
    const budget = new TimeBudget(40, {
      clock,
      onProgress: (one) => progress.push(one),
      label: 'A',
    });
    const rate = budget.constant(1);
    [0, 12.3, 70].forEach((after, step) => {
      time.seconds = 100 + after;
      rate(step, 1e7);
    });
    const of = (done: number) => ({ label: 'A', done, total: 40, unit: 's' });
    expect(progress).toEqual([of(0), of(12), of(40)]);
  });

  it('is over after as many steps as the work limit allows, where there is one', () => {
    setWorkLimit(2);
    const budget = new TimeBudget(40, { clock: () => 0 });
    const rate = budget.schedule({ peak: 0.4, warmupSteps: 0 });
    expect([rate(0, 1e7), budget.signal.aborted]).toEqual([0.4, false]);
    expect([rate(1, 1e7), budget.signal.aborted]).toEqual([0.4, true]);
  });

  it('is for one training', () => {
    const budget = new TimeBudget(40, { clock: () => 0 });
    const rate = budget.constant(1);
    expect(budget.steps).toBeGreaterThan(1e6);
    rate(0, 1e7);
    expect(() => budget.steps).toThrow(InvalidArgumentError);
    expect(() => budget.steps).toThrow('its 40 s have begun in another training');
  });

  it('refuses rates that are none', () => {
    const budget = new TimeBudget(40);
    expect(() => budget.schedule({ peak: Number.NaN, warmupSteps: 1 })).toThrow('peak is NaN');
    expect(() => budget.schedule({ peak: 1, warmupSteps: 0.5 })).toThrow('warmupSteps is 0.5');
    expect(() => budget.constant(-1)).toThrow('rate is -1');
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d seconds', (seconds) => {
    expect(() => new TimeBudget(seconds)).toThrow(InvalidArgumentError);
    expect(() => new TimeBudget(seconds)).toThrow(`TimeBudget: seconds is ${seconds}`);
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
