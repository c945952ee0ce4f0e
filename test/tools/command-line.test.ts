import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOption, readCommandLine, UsageError } from '../../tools/command-line.mjs';

const ROOT = join(__dirname, '../..');

describe('a command line', () => {
  const config = {
    options: { out: { type: 'string' }, all: { type: 'boolean' } },
    allowPositionals: true,
  } as const;
  const read = (args: string[], allowPositionals = true) =>
    readCommandLine('npm run x -- --help', { ...config, allowPositionals, args });

  it('is what Node reads', () => {
    const { values, positionals } = read(['a', '--out', 'b', '--all']);
    expect({ ...values }).toEqual({ out: 'b', all: true });
    expect(positionals).toEqual(['a']);
  });

  it.each([
    [['--ot', 'x'], 'There is no option --ot.'],
    [['-o'], 'There is no option -o.'],
  ])(
    '%j is refused; where other words are expected, with how one that begins with a dash is given',
    (args, sentence) => {
      const help = '"npm run x -- --help" says what there is.';
      expect(() => read(args, false)).toThrow(new UsageError(`${sentence} ${help}`));
      expect(() => read(args, true)).toThrow(
        new UsageError(
          `${sentence} What begins with a dash and is no option stands at the end, after "--". ${help}`,
        ),
      );
      expect(read(['a', '--', ...args]).positionals).toEqual(['a', ...args]);
    },
  );

  it.each([
    [['--out'], '--out needs a value.'],
    [['--out', '--all'], '--out needs a value; one that begins with a dash is given as --out=-….'],
    [['--all=1'], '--all takes no value.'],
  ])('%j is refused in a sentence, with where the help is', (args, sentence) => {
    for (const positionals of [true, false]) {
      expect(() => read(args, positionals)).toThrow(
        new UsageError(`${sentence} "npm run x -- --help" says what there is.`),
      );
    }
  });

  it('with a word where only options are expected is refused', () => {
    expect(() => read(['a'], false)).toThrow(
      '"a" is one word too many: only options are expected. "npm run x',
    );
  });

  it('names a folder; the empty name, as a variable that is not set leaves it, is none', () => {
    expect(folderOption('--out', 'a')).toBe(resolve('a'));
    expect(folderOption('--out', 'a', '/b')).toBe('/b/a');
    expect(folderOption('--out', '/a', '/b')).toBe('/a');
    expect(() => folderOption('--out', '')).toThrow(
      '--out is empty; expected the path of a folder.',
    );
    expect(() => folderOption('--out', __filename)).toThrow(
      'which is no folder; expected the path',
    );
    expect(() => folderOption('--out', join(__filename, 'a'))).toThrow('which is no folder');
  });
});

describe('a command, before it sets anything up', () => {
  // Whoever sets up writes here, and fails where the cache cannot be made.
  let cache: string;
  beforeAll(() => {
    cache = mkdtempSync(join(tmpdir(), 'command-line-'));
  });
  afterAll(() => rmSync(cache, { recursive: true }));

  const run = (name: string, args: readonly string[]) =>
    spawnSync(process.execPath, [join(ROOT, `tools/${name}.mjs`), ...args], {
      cwd: cache,
      env: { ...process.env, SELFSUP_CACHE: cache },
      encoding: 'utf8',
    });

  it.each([
    ...['course', 'doctor', 'hub', 'licences', 'my-work', 'peers', 'setup', 'site', 'slides'],
    ...['start', 'teach', 'test'],
  ])('%s explains itself', (name) => {
    const { status, stdout, stderr } = run(name, ['--help']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\S.*[.:]$/m);
    expect(stdout).toMatch(/^ {2}npm (run )?[\w-]+/m);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(130);
    expect(stdout.trimEnd()).toBe(stdout.slice(0, -1));
    expect(readdirSync(cache)).toEqual([]);
  });

  it.each([
    ['course', ['--profil', 'quick'], 'There is no option --profil.'],
    [
      'course',
      ['--profile', 'quik'],
      '--profile is "quik"; expected one of quick, standard, full.',
    ],
    ['course', ['--only'], '--only needs a value.'],
    ['course', ['--only', '99'], 'No notebook is called "99". There are: 00-introduction,'],
    ['course', ['--out', ''], '--out is empty'],
    ['course', ['--notebooks', '/nowhere'], 'There is no folder "/nowhere".'],
    ['doctor', ['--fix'], '"--fix" is one word too many.'],
    ['hub', ['--instal'], 'There is no option --instal.'],
    ['hub', ['--state', ''], '--state is empty'],
    ['licences', ['--chek'], 'There is no option --chek.'],
    [
      'my-work',
      ['--changes', 'what'],
      '--changes is "what"; expected one of keep, new, both, ask.',
    ],
    ['my-work', ['--chnges', 'keep'], 'There is no option --chnges.'],
    ['setup', ['again'], '"again" is one word too many.'],
    ['site', ['--out'], '--out needs a value.'],
    ['site', ['--out', ROOT], 'exists and holds no site; name another folder with --out.'],
    ['slides', ['--out', join(ROOT, 'package.json')], '--out is "'],
    ['slides', ['99'], 'No notebook is called "99".'],
    ['slides', ['--ot', 'x'], 'There is no option --ot.'],
    ['start', ['--changes', 'what'], '--changes is "what"; expected one of keep, new, both, ask.'],
    ['teach', [], 'No command was given.'],
    ['teach', ['releas', '3-moco'], 'There is no command "releas".'],
    ['teach', ['release', '3-moco', 'now'], '"now" is one word too many for release.'],
    ['teach', ['--verbos'], 'There is no option --verbos.'],
  ])('%s refuses %j in a sentence', (name, args, problem) => {
    const { status, stdout, stderr } = run(name, args);
    expect(stderr.trimStart().split('\n')[0]).toContain(problem);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(cache)).toEqual([]);
  });
});
