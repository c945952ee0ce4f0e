import fc from 'fast-check';
import { InvalidArgumentError, leakFreeTraining } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('leakFreeTraining', () => {
  it('leaves out test pictures and what is in one group with them, nothing else', () => {
    const groups = [
      [0, 3, 7],
      [1, 5],
      [2, 6],
    ];
    const training = leakFreeTraining({ count: 9, test: [6, 7], groups });
    expect([...training]).toEqual([1, 4, 5, 8]);
  });

  it('is everything that follows from its definition, for any split and groups', () => {
    const given = fc.integer({ min: 1, max: 20 }).chain((count) => {
      const positions = fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), {
        maxLength: count,
      });
      return fc.record({ count: fc.constant(count), test: positions, groups: fc.array(positions) });
    });
    fc.assert(
      fc.property(given, ({ count, test, groups }) => {
        const training = new Set(leakFreeTraining({ count, test, groups }));
        for (let i = 0; i < count; i++) {
          const leaks = groups.some((one) => one.includes(i) && one.some((j) => test.includes(j)));
          expect(training.has(i)).toBe(!test.includes(i) && !leaks);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{ count: 0, test: [], groups: [] }, /count is 0/],
    [{ count: 2, test: [2], groups: [] }, /no picture 2; expected whole numbers from 0 to 1/],
    [{ count: 2, test: [], groups: [[0, -1]] }, /no picture -1/],
    [{ count: 2, test: [0.5], groups: [] }, /no picture 0\.5/],
  ])('refuses %j', (options, message) => {
    expect(() => leakFreeTraining(options)).toThrow(message);
    expect(() => leakFreeTraining(options)).toThrow(InvalidArgumentError);
  });
});
