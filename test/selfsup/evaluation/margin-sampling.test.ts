import { InvalidArgumentError, marginSampling, RandomGenerator } from 'selfsup';
import { describe, expect, it } from 'vitest';

const marginOf = (row: readonly number[]) => {
  const [best = 0, second = 0] = [...row].sort((a, b) => b - a);
  return best - second;
};

describe('marginSampling', () => {
  it('chooses the smallest margins, the smallest first, whatever the order of the classes', () => {
    const random = new RandomGenerator(5);
    const scores = Array.from({ length: 50 }, () =>
      Array.from({ length: 6 }, () => random.nextUint32() / 2 ** 31 - 1),
    );
    const found = [...marginSampling(scores, { count: 50 })];
    expect([...found].sort((a, b) => a - b)).toEqual([...scores.keys()]);
    const margins = found.map((i) => marginOf(scores[i] as number[]));
    expect(margins).toEqual([...margins].sort((a, b) => a - b));
    expect([...marginSampling(scores, { count: 7 })]).toEqual(found.slice(0, 7));
  });

  it('is neither the least confident nor the most spread', () => {
    const scores = [
      [0.4, 0.2, 0.2, 0.2],
      [0.5, 0.45, 0.05, 0],
      [0.9, 0.05, 0.03, 0.02],
    ];
    expect([...marginSampling(scores, { count: 3 })]).toEqual([1, 0, 2]);
  });

  it('keeps the order of equal margins, takes all where there are fewer, and changes nothing', () => {
    const scores = [
      [1, 0],
      [0, 0],
      [0, 1],
      [3, 3],
    ];
    expect([...marginSampling(scores, { count: 9 })]).toEqual([1, 3, 0, 2]);
    expect(scores[2]).toEqual([0, 1]);
    expect([...marginSampling([], { count: 2 })]).toEqual([]);
  });

  it('is certain where only one class has a score', () => {
    const none = Number.NEGATIVE_INFINITY;
    const scores = [
      [none, 0.1],
      [none, none],
      [0.2, 0.1],
    ].map((row) => Float32Array.from(row));
    expect([...marginSampling(scores, { count: 3 })]).toEqual([1, 2, 0]);
  });

  it.each([
    [[[1]], 1, /picture 0 has 1 scores; expected one for each class, and two classes or more/],
    [
      [
        [1, 2],
        [Number.NaN, 1],
      ],
      1,
      /picture 1 has the score NaN for class 0/,
    ],
    [[[1, 2]], 0, /count is 0/],
    [[[1, 2]], 1.5, /count is 1.5/],
  ])('refuses %j, count %d', (scores, count, message) => {
    expect(() => marginSampling(scores, { count })).toThrow(message);
    expect(() => marginSampling(scores, { count })).toThrow(InvalidArgumentError);
  });
});
