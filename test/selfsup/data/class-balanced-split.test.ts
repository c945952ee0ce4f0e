import { classBalancedSplit } from 'selfsup';
import { describe, expect, it } from 'vitest';

const labels = [0, 1, 0, 1, 0, 1, 0, 1];

describe('classBalancedSplit', () => {
  it('holds the same share of every class out', () => {
    const { train, validation } = classBalancedSplit(labels, { seed: 1, validationFraction: 0.25 });
    expect([...train, ...validation].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...validation].map((at) => labels[at]).sort()).toEqual([0, 1]);
  });

  it.each([
    { validationFraction: -0.25 },
    { validationFraction: 1.5 },
    { validationFraction: Number.NaN },
    { validationFraction: 0.25, trainLimit: -1 },
    { validationFraction: 0.25, validationLimit: 0.5 },
  ])('refuses %j', (options) => {
    expect(() => classBalancedSplit(labels, { seed: 1, ...options })).toThrow(/classBalancedSplit/);
  });
});
