import { InvalidArgumentError, precisionAtK, RandomGenerator } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** By counting, for each other, how many come before it: no sorting. */
function byRanks(similarities: readonly number[][], labels: readonly number[], k: number): number {
  const precisions = labels.map((label, i) => {
    const row = similarities[i] as number[];
    const others = labels.flatMap((_, j) => (j === i ? [] : [j]));
    const first = others.filter(
      (j) => others.filter((other) => (row[other] as number) > (row[j] as number)).length < k,
    );
    return first.filter((j) => labels[j] === label).length / k;
  });
  const classes = [...new Set(labels)].filter(
    (label) => labels.filter((other) => other === label).length > 1,
  );
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean(classes.map((label) => mean(precisions.filter((_, i) => labels[i] === label))));
}

function drawn(seed: number, n: number, classes: number) {
  const random = new RandomGenerator(seed);
  const labels = Array.from({ length: n }, () => 3 * random.nextInteger(classes));
  const similarities = labels.map(() =>
    random.shuffle(Array.from({ length: n }, (_, j) => j / n - 0.5)),
  );
  return { labels, similarities };
}

describe('precisionAtK', () => {
  it('is what counting gives, whatever the class sizes', () => {
    for (const [seed, n, classes] of [
      [1, 12, 2],
      [2, 40, 5],
      [3, 30, 12],
    ] as const) {
      const { similarities, labels } = drawn(seed, n, classes);
      for (const k of [1, 3, n - 1]) {
        const expected = byRanks(similarities, labels, k);
        expect(precisionAtK(similarities, labels, { k })).toBeCloseTo(expected, 12);
      }
    }
  });

  it('gives every class the same weight, and takes typed rows', () => {
    // Of the four of class 7 each finds a right one first; the two of class 2 never do.
    const near = [
      [9, 5, 1, 1, 1, 1],
      [5, 9, 1, 1, 1, 1],
      [5, 1, 9, 1, 1, 1],
      [5, 1, 1, 9, 1, 1],
      [5, 1, 1, 1, 9, 1],
      [5, 1, 1, 1, 1, 9],
    ].map((row) => Float32Array.from(row));
    expect(precisionAtK(near, [7, 7, 7, 7, 2, 2], { k: 1 })).toBe(0.5);
  });

  it('never reads the diagonal, and leaves out a class with a single picture', () => {
    const near = [
      [Number.NaN, 2, 1],
      [2, Number.NaN, 1],
      [2, 1, Number.NaN],
    ];
    expect(precisionAtK(near, [0, 0, 1], { k: 1 })).toBe(1);
    expect(precisionAtK(near, [0, 0, 1], { k: 2 })).toBe(0.5);
  });

  it('counts ties against the model', () => {
    const equal = Array.from({ length: 4 }, () => [1, 1, 1, 1]);
    expect(precisionAtK(equal, [0, 0, 1, 1], { k: 2 })).toBe(0);
    expect(precisionAtK(equal, [0, 0, 1, 1], { k: 3 })).toBeCloseTo(1 / 3);
  });

  it('is about the share of the class, where the order says nothing', () => {
    const labels = Array.from({ length: 200 }, (_, i) => (i < 150 ? 0 : 1));
    const { similarities } = drawn(4, 200, 2);
    const chance = (149 / 199 + 49 / 199) / 2;
    expect(Math.abs(precisionAtK(similarities, labels, { k: 10 }) - chance)).toBeLessThan(0.03);
  });

  it.each([
    [[[1, 2]], [0], 1, /row 0 has 2 similarities; expected 1/],
    [
      [
        [1, 2],
        [2, 1],
      ],
      [0],
      1,
      /2 rows of similarities but 1 labels/,
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      [0, 0],
      2,
      /k is 2; expected a whole number from 1 to 1/,
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      [0, 0],
      0,
      /k is 0/,
    ],
    [
      [
        [1, Number.NaN],
        [2, 1],
      ],
      [0, 0],
      1,
      /pictures 0 and 1 is NaN/,
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      [0, 1],
      1,
      /each of the 2 classes has one picture/,
    ],
  ])('refuses %j with labels %j, k = %d', (similarities, labels, k, message) => {
    expect(() => precisionAtK(similarities, labels, { k })).toThrow(message);
    expect(() => precisionAtK(similarities, labels, { k })).toThrow(InvalidArgumentError);
  });
});
