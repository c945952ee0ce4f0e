import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../bench/options';
import { digestOf, tasksOf } from '../../studies/runner/grid';
import { loadStudy } from '../../studies/runner/load-study';
import { parseSeeds, parseStudyOptions } from '../../studies/runner/options';
import type { Study } from '../../studies/runner/study';

const study: Study = {
  title: 'A grid',
  about: '',
  revision: 1,
  recipes: { small: { width: 1 }, 'small, long': { width: 1, steps: 9 }, wide: { width: 8 } },
  data: ['a', 'b'],
  seeds: [1, 2],
  columns: [{ name: 'value', title: 'value' }],
  measure: () => ({ value: 1 }),
};
const all = { only: [], data: [], seeds: null, scale: 1 };
const names = (only: string[]) => [
  ...new Set(tasksOf('s', study, { ...all, only }).map((task) => task.configuration.recipe)),
];

describe('parseStudyOptions', () => {
  it('reads seeds as ranges and lists', () => {
    expect(parseSeeds('1-3')).toEqual([1, 2, 3]);
    expect(parseSeeds('5, 1-2,2')).toEqual([5, 1, 2]);
  });

  it.each([
    [['--seeds', '3-1'], '--seeds is "3-1"; expected whole numbers or ranges that grow'],
    [['--seeds', ''], '--seeds is ""'],
    [['--seeds', '1,x'], '--seeds is "1,x"'],
    [['--seeds', '0-2147483648'], '--seeds is "0-2147483648"'],
    [['--jobs', '0'], '--jobs is "0"; expected a whole number, 1 or more.'],
    [['--jobs', '1.5'], '--jobs is "1.5"'],
    [['--scale=-1'], '--scale is "-1"; expected a number above 0.'],
    [['--seed', '1'], "Unknown option '--seed'"],
    [['a', 'b'], 'One study at a time; given were a, b.'],
    [['a', '--dask', 'tcp://127.0.0.1:1', '--jobs', '2'], '--jobs and --dask do not go together'],
    [['a', '--save', '--scale', '0.5'], 'Only whole budgets are saved'],
    [['a', '--again', '--from-saved'], 'use one of them'],
    [['a', '--dask', ''], '--dask is empty'],
  ])('refuses %j in a sentence', (args, message) => {
    expect(() => parseStudyOptions(args)).toThrow(OptionError);
    expect(() => parseStudyOptions(args)).toThrow(message);
  });

  it('takes the Python of Dask from the environment', () => {
    expect(parseStudyOptions(['a'], { SELFSUP_DASK_PYTHON: '/p' }).python).toBe('/p');
    expect(parseStudyOptions(['a', '--python', '/q'], { SELFSUP_DASK_PYTHON: '/p' }).python).toBe(
      '/q',
    );
  });
});

describe('tasksOf', () => {
  it('goes through recipes × data, seed by seed', () => {
    const tasks = tasksOf('s', study, all);
    expect(tasks).toHaveLength(12);
    expect(tasks.slice(0, 6).every(({ configuration }) => configuration.seed === 1)).toBe(true);
    expect(new Set(tasks.map(({ digest }) => digest)).size).toBe(12);
  });

  it('takes a whole name before names that contain it', () => {
    expect(names(['small'])).toEqual(['small']);
    expect(names(['smal'])).toEqual(['small', 'small, long']);
    expect(names(['wide', 'long'])).toEqual(['small, long', 'wide']);
  });

  it('refuses what is not in the grid', () => {
    expect(() => names(['tall'])).toThrow(
      '--only: no recipe contains "tall"; the recipes are "small"',
    );
    expect(() => tasksOf('s', study, { ...all, data: ['c'] })).toThrow(
      '--data: the study has no c; expected some of a, b.',
    );
  });

  it('gives a changed recipe, revision, scale or study another digest, and keys in another order the same', () => {
    const configuration = {
      recipe: 'r',
      parameters: { a: 1, b: Number.NaN },
      data: 'd',
      seed: 1,
      scale: 1,
    };
    const digest = digestOf('s', 1, configuration);
    expect(digestOf('s', 1, { ...configuration, parameters: { b: Number.NaN, a: 1 } })).toBe(
      digest,
    );
    const others = [
      digestOf('t', 1, configuration),
      digestOf('s', 2, configuration),
      ...[
        { parameters: { a: 2, b: Number.NaN } },
        { parameters: { a: 1, b: Number.POSITIVE_INFINITY } },
        { recipe: 'q' },
        { data: 'e' },
        { seed: 2 },
        { scale: 0.5 },
      ].map((change) => digestOf('s', 1, { ...configuration, ...change })),
    ];
    expect(new Set([digest, ...others]).size).toBe(others.length + 1);
  });
});

describe('loadStudy', () => {
  it('names the studies there are', () => {
    expect(() => loadStudy(join(__dirname, 'fixtures'), 'tyni')).toThrow(
      /There is no study "tyni" in .*fixtures; expected one of failing, tiny\./,
    );
  });
});
