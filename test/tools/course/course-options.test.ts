import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../../tools/course.mjs', import.meta.url));
const moduleOf = (name: string) => new URL(`../../../tools/course/${name}`, import.meta.url).href;
const {
  courseOptions,
}: { courseOptions(args: string[], environment: object): Record<string, unknown> } = await import(
  moduleOf('options.mjs')
);
const {
  notebookNames,
  chooseNotebooks,
}: {
  notebookNames(folder: string): string[];
  chooseNotebooks(names: string[], only: string[]): string[];
} = await import(moduleOf('notebook-list.mjs'));

describe('the command line of npm run course', () => {
  it('takes profile and data from the environment, and an option before it', () => {
    expect(courseOptions([], {})).toMatchObject({ profile: 'standard', data: 'auto', jobs: 1 });
    const environment = { SELFSUP_PROFILE: 'quick', SELFSUP_DATA: 'emoji' };
    expect(courseOptions([], environment)).toMatchObject({ profile: 'quick', data: 'emoji' });
    expect(courseOptions(['--profile', 'full'], environment)).toMatchObject({ profile: 'full' });
  });

  it('gives a notebook of the quick profile three times its limit before it is stopped', () => {
    expect(courseOptions(['--profile', 'quick'], {})).toMatchObject({ limit: 60, timeout: 180 });
  });

  it('caps the steps of each training on request, and then expects no time of anybody', () => {
    expect(courseOptions([], {})).toMatchObject({ maxSteps: null, text: 'auto' });
    expect(
      courseOptions(['--profile', 'full', '--max-steps', '2', '--text', 'sst2'], {}),
    ).toMatchObject({ maxSteps: 2, text: 'sst2', limit: null, timeout: 1800 });
    expect(courseOptions([], { SELFSUP_MAX_STEPS: '3' })).toMatchObject({ maxSteps: 3 });
    expect(() => courseOptions(['--save'], { SELFSUP_MAX_STEPS: '3' })).toThrow(
      'SELFSUP_MAX_STEPS and --save do not go together',
    );
  });

  it('saves what does not depend on the data that happen to be here', () => {
    expect(courseOptions(['--save'], {})).toMatchObject({ data: 'cifar10', text: 'sst2' });
    expect(courseOptions(['--save', '--data', 'emoji'], {})).toMatchObject({ data: 'emoji' });
    expect(
      courseOptions(['--save'], { SELFSUP_DATA: 'emoji', SELFSUP_TEXT: 'century' }),
    ).toMatchObject({
      data: 'emoji',
      text: 'century',
    });
  });

  it.each([
    [['--profile', 'fast'], '--profile is "fast"; expected one of quick, standard, full.'],
    [['--data', 'mnist'], '--data is "mnist"; expected one of auto, cifar10, emoji.'],
    [['--text', 'news'], '--text is "news"; expected one of auto, sst2, century.'],
    [['--max-steps', '0'], '--max-steps is "0"; expected a whole number of at least 1.'],
    [['--max-steps', '2', '--save'], '--max-steps and --save do not go together'],
    [['--twice', '--save'], '--twice and --save do not go together'],
    [['--twice', '--dask', 'tcp://a:1'], '--twice and --dask do not go together'],
    [['--out', ''], '--out is empty; expected the path of a folder.'],
    [['--notebooks', ' '], '--notebooks is empty'],
    [['--jobs', '0'], '--jobs is "0"; expected a whole number of at least 1.'],
    [['--timeout', 'soon'], '--timeout is "soon"; expected a whole number of at least 1.'],
    [['--speed'], 'There is no option --speed. "npm run course -- --help" says what there is.'],
  ])('refuses %j', (args, message) => {
    expect(() => courseOptions(args, {})).toThrow(message);
  });

  it('names the variable whose value is wrong', () => {
    expect(() => courseOptions([], { SELFSUP_PROFILE: 'slow' })).toThrow(
      'SELFSUP_PROFILE is "slow"',
    );
  });

  it('explains itself', () => {
    const help = execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
    for (const option of ['--profile', '--only', '--out', '--html', '--save', '--jobs']) {
      expect(help).toContain(option);
    }
  });

  it('ends with status 2 and one line when it is misused', () => {
    const { status, stderr } = spawnSync(process.execPath, [program, '--profile', 'fast'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toBe('--profile is "fast"; expected one of quick, standard, full.\n');
  });
});

describe('the choice of notebooks', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'notebooks-'));
    for (const name of ['exercises/solutions', '.ipynb_checkpoints']) {
      mkdirSync(path.join(folder, name), { recursive: true });
    }
    for (const name of [
      '03-nt-xent',
      '01-augmentation',
      'exercises/02-labels',
      'exercises/solutions/02-labels',
      '.ipynb_checkpoints/01-augmentation-checkpoint',
    ]) {
      writeFileSync(path.join(folder, `${name}.ipynb`), '{}');
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const all = [
    '01-augmentation',
    '03-nt-xent',
    'exercises/02-labels',
    'exercises/solutions/02-labels',
  ];

  it('finds all in reading order, without the editor’s copies', () => {
    expect(notebookNames(folder)).toEqual(all);
  });

  it.each([
    [[], all],
    [['03'], ['03-nt-xent']],
    [
      ['03', '01-augmentation'],
      ['01-augmentation', '03-nt-xent'],
    ],
    [['notebooks/03-nt-xent.ipynb'], ['03-nt-xent']],
    [['exercises'], ['exercises/02-labels', 'exercises/solutions/02-labels']],
    [['exercises/02'], ['exercises/02-labels']],
  ])('chooses by %j', (only, chosen) => {
    expect(chooseNotebooks(all, only)).toEqual(chosen);
  });

  it('says what there is when nothing is meant', () => {
    expect(() => chooseNotebooks(all, ['3'])).toThrow(
      'No notebook is called "3". There are: 01-augmentation, 03-nt-xent,',
    );
    expect(() => chooseNotebooks([], [])).toThrow('There is no notebook to execute');
    expect(() => notebookNames(path.join(folder, 'nowhere'))).toThrow('There is no folder');
    expect(() => notebookNames(program)).toThrow('There is no folder');
  });
});
