import { InvalidArgumentError, momentumSchedule, momentumUpdate, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('momentumUpdate', () => {
  const variables = (...values: number[][]) => values.map((one) => tf.variable(tf.tensor1d(one)));

  it('is m · key + (1 − m) · query, and leaves the query alone', () => {
    const key = variables([1, 2], [10]);
    const query = variables([3, -2], [20]);
    momentumUpdate(key, query, 0.75);
    expect(key.map((one) => one.arraySync())).toEqual([[1.5, 1], [12.5]]);
    expect(query.map((one) => one.arraySync())).toEqual([[3, -2], [20]]);
    momentumUpdate(key, query, tf.scalar(0.5));
    expect(key.map((one) => one.arraySync())).toEqual([[2.25, -0.5], [16.25]]);
  });

  it('copies with 0 and changes nothing with 1', () => {
    const [key, query] = [variables([1, 2]), variables([5, 6])];
    momentumUpdate(key, query, 1);
    expect(key[0]?.arraySync()).toEqual([1, 2]);
    momentumUpdate(key, query, 0);
    expect(key[0]?.arraySync()).toEqual([5, 6]);
  });

  it('comes to a mean of past values weighted by m to the power of their age', () => {
    const [key, query] = [variables([0]), variables([0])];
    let expected = 0;
    [4, -1, 7, 3].forEach((value, step, all) => {
      query[0]?.assign(tf.tensor1d([value]));
      momentumUpdate(key, query, 0.9);
      expected += 0.1 * 0.9 ** (all.length - 1 - step) * value;
    });
    expect(key[0]?.dataSync()[0]).toBeCloseTo(expected, 5);
  });

  it('refuses variables that do not fit, and a momentum that is none', () => {
    expect(() => momentumUpdate(variables([1, 2]), variables([1]), 0.9)).toThrow(/\[2\].*\[1\]/);
    expect(() => momentumUpdate(variables([1]), [], 0.9)).toThrow(/none.*copyModel/);
    for (const momentum of [-0.1, 1.1, Number.NaN]) {
      expect(() => momentumUpdate([], [], momentum)).toThrow(InvalidArgumentError);
    }
  });

  it('leaves no tensors', () => {
    const [key, query] = [variables([1, 2]), variables([5, 6])];
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) momentumUpdate(key, query, 0.9);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('momentumSchedule', () => {
  it('goes from its start to 1 on half a cosine', () => {
    const schedule = momentumSchedule({ start: 0.9 });
    expect(schedule(0, 100)).toBeCloseTo(0.9, 12);
    expect(schedule(50, 100)).toBeCloseTo(0.95, 12);
    expect(schedule(25, 100)).toBeCloseTo(1 - 0.05 * (1 + Math.SQRT1_2), 12);
    expect(schedule(100, 100)).toBe(1);
    expect(schedule(500, 100)).toBe(1);
    const values = Array.from({ length: 100 }, (_, step) => schedule(step, 100));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('begins with 0.99 when nothing is given, and refuses what is no momentum', () => {
    expect(momentumSchedule()(0, 10)).toBeCloseTo(0.99, 12);
    expect(() => momentumSchedule({ start: 1.5 })).toThrow(InvalidArgumentError);
  });
});
