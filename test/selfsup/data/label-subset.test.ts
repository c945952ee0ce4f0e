import fc from 'fast-check';
import { InvalidArgumentError, labelSubset, labelSubsetIndices, RandomGenerator } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { syntheticImages } from '../evaluation/synthetic-images';

const counts = (labels: ArrayLike<number>, positions: ArrayLike<number>): Map<number, number> => {
  const found = new Map<number, number>();
  for (const position of Array.from(positions)) {
    const label = labels[position] as number;
    found.set(label, (found.get(label) ?? 0) + 1);
  }
  return found;
};

/** 100 of class 0, 40 of class 1, 3 of class 2, mixed. */
const unequal = new RandomGenerator(5).shuffle([
  ...new Array<number>(100).fill(0),
  ...new Array<number>(40).fill(1),
  ...new Array<number>(3).fill(2),
]);

describe('labelSubsetIndices', () => {
  it('keeps the same share of every class, at least one image', () => {
    const tenth = counts(unequal, labelSubsetIndices(unequal, { fraction: 0.1 }));
    expect([...tenth].sort()).toEqual([
      [0, 10],
      [1, 4],
      [2, 1],
    ]);
  });

  it('keeps the same number of every class, all of a class that has fewer', () => {
    const five = counts(unequal, labelSubsetIndices(unequal, { perClass: 5 }));
    expect([...five].sort()).toEqual([
      [0, 5],
      [1, 5],
      [2, 3],
    ]);
  });

  it('gives each position once, in ascending order; the whole set for the fraction 1', () => {
    expect([...labelSubsetIndices(unequal, { fraction: 1, seed: 7 })]).toEqual(
      unequal.map((_, position) => position),
    );
    // As numbers: as texts, 100 would come before 20.
    const some = [...labelSubsetIndices(unequal, { fraction: 0.5, seed: 7 })];
    expect(some).toEqual([...new Set(some)].sort((a, b) => a - b));
  });

  it('nests the smaller subset in the larger, for any labels and seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (labels, seed, a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          const larger = new Set(labelSubsetIndices(labels, { fraction: more, seed }));
          const smaller = labelSubsetIndices(labels, { fraction: less, seed });
          expect(smaller.every((position) => larger.has(position))).toBe(true);
          expect(counts(labels, smaller).size).toBe(new Set(labels).size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('chooses by the seed, and all images equally often', () => {
    const labels = new Array<number>(20).fill(0);
    const chosen = new Array<number>(20).fill(0);
    for (let seed = 0; seed < 1000; seed++) {
      for (const position of labelSubsetIndices(labels, { perClass: 5, seed })) {
        chosen[position] = (chosen[position] as number) + 1;
      }
    }
    // 250 expected, standard deviation 13.7.
    expect(Math.min(...chosen)).toBeGreaterThan(190);
    expect(Math.max(...chosen)).toBeLessThan(310);
    const same = () => labelSubsetIndices(unequal, { fraction: 0.2, seed: 3 });
    expect(same()).toEqual(same());
  });

  it('does not let one class decide what is chosen of another', () => {
    const without = unequal.map((label) => (label === 1 ? 9 : label));
    const ofClass0 = (labels: number[]) =>
      [...labelSubsetIndices(labels, { fraction: 0.1, seed: 2 })].filter((p) => labels[p] === 0);
    expect(ofClass0(without)).toEqual(ofClass0(unequal));
  });

  it.each([
    [{}, /exactly one of the two/],
    [{ fraction: 0.1, perClass: 3 }, /exactly one of the two/],
    [{ fraction: 0 }, /fraction is 0; expected a share above 0/],
    [{ fraction: 20 }, /fraction is 20; expected a share above 0 and at most 1/],
    [{ fraction: Number.NaN }, /fraction is NaN/],
    [{ perClass: 0 }, /perClass is 0; expected a whole number/],
    [{ perClass: 2.5 }, /perClass is 2.5/],
    [{ perClass: 1, seed: 0.5 }, /seed is 0.5/],
  ])('refuses %j', (options, message) => {
    expect(() => labelSubsetIndices([0, 1], options)).toThrow(InvalidArgumentError);
    expect(() => labelSubsetIndices([0, 1], options)).toThrow(message);
  });

  it('refuses labels that are none', () => {
    expect(() => labelSubsetIndices([0, -1], { fraction: 1 })).toThrow(/label 1 is -1/);
    expect(() => labelSubsetIndices([], { fraction: 1 })).toThrow(/no labels/);
  });
});

describe('labelSubset', () => {
  it('is a data set of these images', () => {
    const all = syntheticImages(40);
    const few = labelSubset(all, { perClass: 3, seed: 1 });
    const positions = labelSubsetIndices(all.labels, { perClass: 3, seed: 1 });
    expect(few.size).toBe(6);
    expect([...few.labels]).toEqual(Array.from(positions, (p) => all.labels[p]));
    expect(few.pixels.slice(0, 48)).toEqual(
      all.pixels.slice(48 * (positions[0] as number), 48 * (positions[0] as number) + 48),
    );
  });
});
