import { batchIndices, InvalidArgumentError, shuffledIndices } from 'selfsup';
import { describe, expect, it } from 'vitest';

const inOrder = (size: number) => Array.from({ length: size }, (_, i) => i);

describe('shuffledIndices', () => {
  it('holds every position once', () => {
    for (const size of [0, 1, 2, 1000]) {
      expect([...shuffledIndices(size, 1, 0)].sort((a, b) => a - b)).toEqual(inOrder(size));
    }
  });

  it('is the same for the same seed and epoch, and another for any other', () => {
    expect(shuffledIndices(100, 1, 2)).toEqual(shuffledIndices(100, 1, 2));
    const orders = [
      shuffledIndices(100, 1, 2),
      shuffledIndices(100, 1, 3),
      shuffledIndices(100, 2, 1),
      shuffledIndices(100, 2, 2),
      shuffledIndices(100, 0, 0),
    ].map((order) => order.join());
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('puts each position anywhere equally often', () => {
    const size = 5;
    const runs = 5000;
    const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (let seed = 0; seed < runs; seed++) {
      shuffledIndices(size, seed, 0).forEach((position, place) => {
        const row = counts[place] as number[];
        row[position] = (row[position] as number) + 1;
      });
    }
    // Five standard deviations of a binomial count with p = 1/5.
    const tolerance = 5 * Math.sqrt(runs * 0.2 * 0.8);
    for (const count of counts.flat())
      expect(Math.abs(count - runs / size)).toBeLessThan(tolerance);
  });
});

describe('batchIndices', () => {
  it('covers the shuffled order and drops the remainder', () => {
    const batches = [...batchIndices(10, { batchSize: 4, seed: 3, epoch: 1 })];
    expect(batches.map(({ length }) => length)).toEqual([4, 4]);
    expect(batches.flatMap((batch) => [...batch])).toEqual([
      ...shuffledIndices(10, 3, 1).slice(0, 8),
    ]);
  });

  it('keeps the remainder when told to', () => {
    const batches = [...batchIndices(10, { batchSize: 4, dropRemainder: false, shuffle: false })];
    expect(batches.map((batch) => [...batch])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('visits every example once in an epoch that divides evenly', () => {
    const seen = [...batchIndices(12, { batchSize: 3 })].flatMap((batch) => [...batch]);
    expect(seen.sort((a, b) => a - b)).toEqual(inOrder(12));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a batch size of %s', (batchSize) => {
    expect(() => [...batchIndices(10, { batchSize })]).toThrow(InvalidArgumentError);
  });

  it('refuses a batch larger than the data set, saying what to do', () => {
    expect(() => [...batchIndices(10, { batchSize: 11 })]).toThrow(
      /smaller batchSize.*dropRemainder/,
    );
    expect([...batchIndices(10, { batchSize: 11, dropRemainder: false })]).toHaveLength(1);
  });
});
