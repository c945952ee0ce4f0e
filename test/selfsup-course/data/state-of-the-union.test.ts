import { InvalidArgumentError } from 'selfsup';
import { loadStateOfTheUnion } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

const data = loadStateOfTheUnion({ seed: 1 });
const splits = [data.train, data.validation, data.test];
const key = ({ year, president, sentences }: (typeof data.train)[number]) =>
  `${year} ${president} ${sentences.at(-1)?.join(' ')}`;
const said = (addresses: typeof data.train) =>
  new Set(addresses.flatMap(({ sentences }) => sentences.map((words) => words.join(' '))));

describe('loadStateOfTheUnion', () => {
  it('reads 233 speeches from 1790 to 2021, with president and party', () => {
    expect(splits.map((split) => split.length)).toEqual([189, 21, 23]);
    const all = splits.flat();
    const years = all.map(({ year }) => year);
    expect([Math.min(...years), Math.max(...years)]).toEqual([1790, 2021]);
    const lincoln = all.find(({ year }) => year === 1863);
    expect([lincoln?.president, lincoln?.party]).toEqual(['Abraham Lincoln', 'Republican']);
    expect(lincoln?.sentences[0]?.slice(0, 4)).toEqual(['fellow', '-', 'citizens', 'of']);
    for (const { sentences } of all) expect(sentences.length).toBeGreaterThan(10);
  });

  it('never trains on a sentence of a held-out speech', () => {
    const trained = said(data.train);
    for (const held of [data.validation, data.test]) {
      for (const sentence of said(held)) expect(trained.has(sentence)).toBe(false);
    }
  });

  it('tests with the same speeches for every seed; the seed chooses the validation speeches', () => {
    const other = loadStateOfTheUnion({ seed: 2 });
    expect(other.test.map(key)).toEqual(data.test.map(key));
    expect(other.validation.map(key)).not.toEqual(data.validation.map(key));
    expect(loadStateOfTheUnion({ seed: 1 })).toEqual(data);
  });

  it('takes fewer training speeches when limited, and leaves the others as they are', () => {
    const few = loadStateOfTheUnion({ seed: 1, trainLimit: 10 });
    expect(few.train).toHaveLength(10);
    expect(few.validation).toEqual(data.validation);
    const whole = new Set(data.train.map(({ year, president }) => `${year} ${president}`));
    for (const { year, president } of few.train) expect(whole).toContain(`${year} ${president}`);
  });

  it.each([
    [{ seed: 0.5 }, 'seed is 0.5'],
    [{ testFraction: 0 }, 'testFraction is 0'],
    [{ trainLimit: 0 }, 'trainLimit is 0'],
  ])('refuses %j', (options, message) => {
    expect(() => loadStateOfTheUnion(options)).toThrow(InvalidArgumentError);
    expect(() => loadStateOfTheUnion(options)).toThrow(message);
  });
});
