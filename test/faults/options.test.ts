import { describe, expect, it } from 'vitest';
import { DEFAULT_SEED, faultsOptions, OptionError } from './options';

const KINDS = ['kills', 'texts'];

describe('the options of npm run faults', () => {
  it('are two minutes and a fixed seed, by default', () => {
    expect(faultsOptions([], KINDS)).toMatchObject({ minutes: 2, seed: DEFAULT_SEED, only: [] });
    expect(faultsOptions(['--soak'], KINDS).minutes).toBe(10);
    const args = ['--minutes', '30', '--seed', '5', '--only', 'texts', '--path', '3:1'];
    expect(faultsOptions(args, KINDS)).toMatchObject({
      ...{ minutes: 30, seed: 5, only: ['texts'], path: '3:1', save: false },
    });
  });

  it.each([
    [['--minutes', 'two']],
    [['--minutes', '0']],
    [['--seed', '-1']],
    [['--seed', '1.5']],
    [['--only', 'nothing']],
    [['--path', '0', '--only', 'kills,texts']],
    [['--fast']],
  ])('%j is refused in a sentence', (args) => {
    expect(() => faultsOptions(args, KINDS)).toThrow(OptionError);
  });
});
