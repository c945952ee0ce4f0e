import { RandomGenerator } from 'selfsup';
import { describe, expect, it } from 'vitest';

const draw = (generator: RandomGenerator, count: number) =>
  Array.from({ length: count }, () => generator.nextUint32());

describe('RandomGenerator', () => {
  it("gives the numbers of the authors' C program from the state 1, 2, 3, 4", () => {
    expect(draw(RandomGenerator.fromState([1, 2, 3, 4]), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });

  it('repeats itself for the same seeds and differs for others', () => {
    expect(draw(new RandomGenerator(7, 1), 20)).toEqual(draw(new RandomGenerator(7, 1), 20));
    const firsts = [[7, 1], [1, 7], [7], [7, 2], [0], [], [-1], [2 ** 31]].map((seeds) =>
      draw(new RandomGenerator(...seeds), 4).join(),
    );
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('draws whole numbers below the bound, each equally often', () => {
    const generator = new RandomGenerator(5);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const value = generator.nextInteger(6);
      counts[value] = (counts[value] as number) + 1;
    }
    expect(counts).toHaveLength(6);
    for (const count of counts) {
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt((60_000 * 5) / 36));
    }
  });
});

it.each([0, -1, 0.5, Number.NaN, 2 ** 32 + 1])(
  'refuses the bound %d, and does not hang',
  (bound) => {
    expect(() => new RandomGenerator(0).nextInteger(bound)).toThrow(
      /expected a whole number from 1/,
    );
  },
);
