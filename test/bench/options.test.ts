import { describe, expect, it } from 'vitest';
import { OptionError, parseOptions } from '../../bench/options';
import { ROWS } from '../../bench/rows';

const rows = ['step', 'epoch', 'growth'];

describe('the command line of npm run bench', () => {
  it('measures everything by default, with the Python of the environment', () => {
    expect(parseOptions([], rows)).toMatchObject({ only: [], quick: false, python: 'python3' });
    const environment = { SELFSUP_BENCH_PYTHON: '/venv/bin/python' };
    expect(parseOptions([], rows, environment).python).toBe('/venv/bin/python');
    expect(parseOptions(['--python', '/other'], rows, environment).python).toBe('/other');
  });

  it('takes names of rows with commas, and refuses one that does not exist', () => {
    expect(parseOptions(['--only', 'step, growth'], rows).only).toEqual(['step', 'growth']);
    expect(() => parseOptions(['--only', 'step,stp'], rows)).toThrow(
      new OptionError('There is no row stp; expected some of step, epoch, growth.'),
    );
  });

  it('refuses to save a part, and an option it does not know', () => {
    expect(() => parseOptions(['--save', '--quick'], rows)).toThrow('Only a whole run is saved');
    expect(() => parseOptions(['--save', '--only', 'step'], rows)).toThrow('Only a whole run');
    expect(() => parseOptions(['--fast'], rows)).toThrow(OptionError);
  });

  it('has a name of its own for every row', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  });
});
