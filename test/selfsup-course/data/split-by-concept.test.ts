import { splitByConcept } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

/** 400 concepts in four labels of 40, 80, 120 and 160; concept c is drawn by 1 + c % 4 artists. */
const drawings = Array.from({ length: 400 }, (_, concept) => concept).flatMap((concept) =>
  new Array<number>(1 + (concept % 4)).fill(concept),
);
const labelOfConcept = (concept: number) => [40, 120, 240].filter((end) => concept >= end).length;
const concepts = Int32Array.from(drawings);
const labels = Uint8Array.from(drawings, labelOfConcept);
const split = (seed: number) =>
  splitByConcept(concepts, labels, { seed, testFraction: 0.2, validationFraction: 0.1 });
const conceptsOf = (positions: Int32Array) =>
  new Set(Array.from(positions, (position) => concepts[position] as number));

describe('splitByConcept', () => {
  it('puts each image into one split', () => {
    const { train, validation, test } = split(1);
    const all = [...train, ...validation, ...test].sort((a, b) => a - b);
    expect(all).toEqual(drawings.map((_, position) => position));
  });

  it('leaks no concept from one split into another', () => {
    for (const seed of [0, 1, 2]) {
      const { train, validation, test } = split(seed);
      const sets = [train, validation, test].map(conceptsOf);
      const union = new Set(sets.flatMap((set) => [...set]));
      expect(sets.reduce((sum, set) => sum + set.size, 0)).toBe(union.size);
    }
  });

  it('gives each label its share of concepts in each split', () => {
    const { train, validation, test } = split(1);
    const perLabel = (positions: Int32Array) => {
      const counts = [0, 0, 0, 0];
      for (const concept of conceptsOf(positions)) {
        const label = labelOfConcept(concept);
        counts[label] = (counts[label] as number) + 1;
      }
      return counts;
    };
    expect(perLabel(test)).toEqual([8, 16, 24, 32]);
    expect(perLabel(validation)).toEqual([3, 6, 10, 13]);
    expect(perLabel(train)).toEqual([29, 58, 86, 115]);
  });

  it('keeps the drawings of a concept side by side', () => {
    const { train } = split(1);
    const runs = Array.from(train, (position) => concepts[position]).filter(
      (concept, i, list) => concept !== list[i - 1],
    );
    expect(runs).toHaveLength(conceptsOf(train).size);
  });

  it('repeats itself for a seed', () => {
    expect(split(3)).toEqual(split(3));
  });

  it('tests with the same images whatever the seed, and validates with others', () => {
    expect(split(3).test).toEqual(split(4).test);
    expect(split(3).validation).not.toEqual(split(4).validation);
    expect(split(3).train).not.toEqual(split(4).train);
  });
});
