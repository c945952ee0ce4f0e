import { afterEach, expect, it, vi } from 'vitest';
import { runCommand } from '../../lib/tslab-kernel/src/command';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

it('explains itself', () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  runCommand(['--help']);
  expect(said.mock.calls.flat().join('\n')).toContain('tslab-kernel install');
  expect(process.exitCode).toBeUndefined();
});

it.each([
  [[], 'No command was given.'],
  [['instal'], 'Unknown: instal.'],
  [['install', 'here'], '"here" is too much.'],
  [['install', '--usr'], "Unknown option '--usr'."],
  [['install', '--prefix'], "Option '--prefix <value>' argument missing"],
  [['kernel'], 'kernel needs --config-path FILE.'],
])('says what is wrong with %j, then how it is used', (args, problem) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  runCommand(args);
  const [first = '', ...rest] = said.mock.calls.flat().join('\n').split('\n');
  expect(first).toBe(problem);
  expect(rest.join('\n')).toContain('tslab-kernel install');
  expect(process.exitCode).toBe(2);
});
