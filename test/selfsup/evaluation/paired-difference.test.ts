import { InvalidArgumentError, pairedDifference, RandomGenerator } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('pairedDifference', () => {
  it('has the error of McNemar: 15 cases right by the first alone, 5 by the second alone, of 100', () => {
    const rows = [
      ...Array(40).fill([1, 1]),
      ...Array(15).fill([1, 0]),
      ...Array(5).fill([0, 1]),
      ...Array(40).fill([0, 0]),
    ];
    const found = pairedDifference(
      rows.map(([a]) => a),
      rows.map(([, b]) => b),
    );
    expect(found.n).toBe(100);
    expect(found.difference).toBeCloseTo(0.1, 12);
    // Σ d² = 20, so the variance of d is (20 − 100 · 0.1²) / 99.
    expect(found.standardError).toBeCloseTo(Math.sqrt(19 / 99 / 100), 12);
  });

  it('is smaller than of independent samples where the cases are hard or easy for both', () => {
    const random = new RandomGenerator(1);
    const hard = Array.from({ length: 1000 }, () => random.nextInteger(10_000) / 1000);
    const a = hard.map((value) => value + random.nextInteger(1000) / 1000);
    const { difference, standardError } = pairedDifference(a, hard);
    expect(difference).toBeCloseTo(0.5, 1);
    // The deviation of a uniform number is 1 / √12.
    expect(standardError).toBeCloseTo(1 / Math.sqrt(12 * 1000), 3);
  });

  it('counts copies of a case once: clusters of three equal cases have the error of one case of each', () => {
    const random = new RandomGenerator(2);
    const [a, b] = [0, 1].map(() => Array.from({ length: 50 }, () => random.nextInteger(2)));
    const thrice = (values: number[] = []) => values.flatMap((value) => [value, value, value]);
    const once = pairedDifference(a as number[], b as number[]);
    const clusters = thrice([...Array(50).keys()]).map((cluster) => `sentence ${cluster}`);
    const copied = pairedDifference(thrice(a), thrice(b), { clusters });
    expect(copied.difference).toBeCloseTo(once.difference, 12);
    expect(copied.standardError).toBeCloseTo(once.standardError, 12);
    expect(pairedDifference(thrice(a), thrice(b)).standardError).toBeLessThan(
      0.6 * once.standardError,
    );
  });

  it('does not know the error of one case or one cluster', () => {
    expect(pairedDifference([1], [0])).toEqual({ difference: 1, standardError: Number.NaN, n: 1 });
    const one = pairedDifference([1, 0, 1], [0, 0, 0], { clusters: [7, 7, 7] });
    expect(one.standardError).toBeNaN();
  });

  it.each([
    [[], [], undefined],
    [[1, 0], [1], undefined],
    [[1, 0], [1, 0], [1]],
  ])('refuses %j, %j and clusters %j', (a, b, clusters) => {
    expect(() => pairedDifference(a, b, { clusters })).toThrow(InvalidArgumentError);
    expect(() => pairedDifference(a, b, { clusters })).toThrow(/as many of each/);
  });
});
