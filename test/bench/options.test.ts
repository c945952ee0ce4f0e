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

  it('takes a Python for PyTorch, which is otherwise the same', () => {
    expect(parseOptions([], rows).pytorch).toBe('python3');
    expect(parseOptions(['--python', '/one'], rows).pytorch).toBe('/one');
    const environment = { SELFSUP_BENCH_PYTHON: '/one', SELFSUP_BENCH_PYTORCH: '/two' };
    expect(parseOptions([], rows, environment)).toMatchObject({ python: '/one', pytorch: '/two' });
    expect(parseOptions(['--pytorch', '/three'], rows, environment).pytorch).toBe('/three');
  });

  it('takes names of rows with commas, and refuses one that does not exist', () => {
    expect(parseOptions(['--only', 'step, growth'], rows).only).toEqual(['step', 'growth']);
    expect(() => parseOptions(['--only', 'step,stp'], rows)).toThrow(
      new OptionError('There is no row stp; expected some of step, epoch, growth.'),
    );
  });

  it('saves some rows, which cost the others nothing', () => {
    const options = parseOptions(['--save', '--only', 'step'], rows);
    expect(options).toMatchObject({ save: true, only: ['step'] });
  });

  it('refuses to save fewer repetitions, and an option it does not know', () => {
    for (const others of [[], ['--only', 'step']]) {
      const saved = () => parseOptions(['--save', '--quick', ...others], rows);
      expect(saved).toThrow('Only a run of all repetitions is saved');
    }
    for (const option of ['--fast', '--pytroch']) {
      expect(() => parseOptions([option], rows)).toThrow(OptionError);
      expect(() => parseOptions([option], rows)).toThrow(`'${option}'`);
    }
  });

  it('measures nothing when only the document is asked for', () => {
    expect(parseOptions(['--document'], rows).document).toBe(true);
    expect(() => parseOptions(['--document', '--save'], rows)).toThrow('measures nothing');
    expect(() => parseOptions(['--document', '--only', 'step'], rows)).toThrow('measures nothing');
  });

  it('has a name of its own for every row', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  });
});

describe('what every processor is to reach', () => {
  const claims = ROWS.flatMap((row) => row.claims.map((one) => ({ row: row.name, ...one })));

  it('has a name of its own for every claim of a row', () => {
    const names = claims.map(({ row, id }) => `${row} ${id}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is 1.1 times TensorFlow at least and 1.3 times PyTorch, wherever the same is measured', () => {
    const least = (start: string) =>
      claims
        .filter(({ id }) => id.startsWith(start))
        .map(({ bound }) => ('atLeast' in bound ? bound.atLeast : 0));
    expect(Math.min(...least('tensorflow'))).toBe(1.1);
    expect(new Set(least('pytorch'))).toEqual(new Set([1.3]));
    const rowsWith = (start: string) =>
      new Set(claims.filter(({ id }) => id.startsWith(start)).map(({ row }) => row));
    expect(rowsWith('pytorch')).toEqual(rowsWith('tensorflow'));
  });
});
