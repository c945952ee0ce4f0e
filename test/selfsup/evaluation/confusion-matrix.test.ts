import {
  confusionMatrix,
  confusionMatrixFigure,
  InvalidArgumentError,
  RandomGenerator,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const names = ['cat', 'dog', 'ship'];
//             cat→cat cat→dog cat→dog dog→dog dog→cat ship→ship
const truth = [0, 0, 0, 1, 1, 2];
const predicted = [0, 1, 1, 1, 0, 2];

describe('confusionMatrix', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    const matrix = confusionMatrix(truth, predicted, names);
    expect(matrix.counts).toEqual([
      [1, 2, 0],
      [1, 1, 0],
      [0, 0, 1],
    ]);
    expect(matrix.accuracy).toEqual({ accuracy: 3 / 6, n: 6 });
    expect(matrix.recall).toEqual([1 / 3, 1 / 2, 1]);
    expect(matrix.precision).toEqual([1 / 2, 1 / 3, 1]);
    expect(matrix.balancedAccuracy).toBeCloseTo((1 / 3 + 1 / 2 + 1) / 3, 12);
    expect(matrix.confusions).toEqual([
      { truth: 'cat', predicted: 'dog', count: 2, share: 2 / 3 },
      { truth: 'dog', predicted: 'cat', count: 1, share: 1 / 2 },
    ]);
  });

  it('agrees with counting pair by pair, and swaps rows and columns with its arguments', () => {
    const random = new RandomGenerator(4);
    const draw = () => Uint8Array.from({ length: 500 }, () => random.nextInteger(5));
    const [a, b] = [draw(), draw()];
    const classes = ['a', 'b', 'c', 'd', 'e'];
    const matrix = confusionMatrix(a, b, classes);
    for (let row = 0; row < 5; row++) {
      for (let column = 0; column < 5; column++) {
        const count = a.filter((label, i) => label === row && b[i] === column).length;
        expect(matrix.counts[row]?.[column]).toBe(count);
        expect(confusionMatrix(b, a, classes).counts[column]?.[row]).toBe(count);
      }
    }
    expect(matrix.confusions.reduce((sum, { count }) => sum + count, 0)).toBe(
      500 - Math.round(500 * matrix.accuracy.accuracy),
    );
  });

  it('has no recall for a class without cases and no precision for one never predicted', () => {
    const matrix = confusionMatrix([0, 0], [0, 1], names);
    expect(matrix.recall).toEqual([1 / 2, Number.NaN, Number.NaN]);
    expect(matrix.precision).toEqual([1, 0, Number.NaN]);
    expect(matrix.balancedAccuracy).toBe(1 / 2);
  });

  it.each([
    [[0, 1], [0], /2 true and 1 predicted/],
    [[], [], /at least one/],
    [[0, 3], [0, 1], /true class of case 1 is 3; expected a whole number from 0 to 2/],
    [[0, 1], [0, -1], /predicted class of case 1 is -1/],
  ])('refuses %j and %j', (a, b, message) => {
    expect(() => confusionMatrix(a, b, names)).toThrow(InvalidArgumentError);
    expect(() => confusionMatrix(a, b, names)).toThrow(message);
  });
});

describe('confusionMatrixFigure', () => {
  it('shows percentages of each true class and says the worst mistakes', () => {
    const figure = confusionMatrixFigure(confusionMatrix(truth, predicted, names), {
      title: 'Pets',
    });
    expect(figure.title).toBe('Pets');
    expect(figure.description).toContain('50.0 % of 6 are right');
    expect(figure.description).toContain('cat taken for dog (66.7 % of cat)');
    const { values } = figure.spec.data as {
      values: { row: number; column: number; value: number }[];
    };
    const row0 = values.filter(({ row }) => row === 0).map(({ value }) => value);
    expect(row0.reduce((sum, value) => sum + value, 0)).toBeCloseTo(100, 2);
    expect(values.find(({ row, column }) => row === 0 && column === 1)?.value).toBeCloseTo(
      66.6667,
      3,
    );
  });

  it('says so when nothing is mistaken, and takes a description', () => {
    const perfect = confusionMatrix([0, 1, 2], [0, 1, 2], names);
    expect(confusionMatrixFigure(perfect, { title: 'x' }).description).toContain('No mistake');
    expect(confusionMatrixFigure(perfect, { title: 'x', description: 'y' }).description).toBe('y');
  });
});
