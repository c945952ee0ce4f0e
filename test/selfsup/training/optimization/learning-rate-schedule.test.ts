import { constantSchedule, cosineSchedule, InvalidArgumentError } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('cosineSchedule', () => {
  it('warms up in equal strides to the peak', () => {
    const schedule = cosineSchedule({ peak: 0.8, warmupSteps: 4 });
    expect([0, 1, 2, 3].map((step) => schedule(step, 100))).toEqual([
      0.2, 0.4, 0.6000000000000001, 0.8,
    ]);
  });

  it('falls along half a cosine from the peak to the floor', () => {
    const schedule = cosineSchedule({ peak: 1, floor: 0.2, warmupSteps: 10 });
    expect(schedule(10, 110)).toBe(1);
    expect(schedule(60, 110)).toBeCloseTo(0.6, 12);
    expect(schedule(110, 110)).toBeCloseTo(0.2, 12);
    const rates = Array.from({ length: 100 }, (_, i) => schedule(10 + i, 110));
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    // The fall is symmetric about its middle.
    for (let i = 0; i <= 50; i++) {
      expect(schedule(60 - i, 110) + schedule(60 + i, 110)).toBeCloseTo(1.2, 12);
    }
  });

  it('stays finite where the warm-up takes the whole run, and beyond the end', () => {
    const schedule = cosineSchedule({ peak: 1, floor: 0.1, warmupSteps: 5 });
    expect(schedule(4, 5)).toBe(1);
    expect(schedule(5, 5)).toBe(1);
    expect(schedule(7, 5)).toBeCloseTo(0.1, 12);
    expect(cosineSchedule({ peak: 1 })(0, 1)).toBe(1);
  });

  it.each([
    [{ peak: -1 }, /peak is -1/],
    [{ peak: 1, floor: Number.NaN }, /floor is NaN/],
    [{ peak: 1, warmupSteps: 1.5 }, /warmupSteps is 1.5/],
  ])('refuses %o', (options, message) => {
    expect(() => cosineSchedule(options)).toThrow(InvalidArgumentError);
    expect(() => cosineSchedule(options)).toThrow(message);
  });
});

describe('constantSchedule', () => {
  it('is the same at every step', () => {
    const schedule = constantSchedule(0.003);
    expect([0, 10, 999].map((step) => schedule(step, 1000))).toEqual([0.003, 0.003, 0.003]);
    expect(() => constantSchedule(Number.POSITIVE_INFINITY)).toThrow(/learningRate is Infinity/);
  });
});
