import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..', '..');
const LESSON = '03-nt-xent.ipynb';

let folder: string;
const author = () => join(folder, 'author');
const learner = () => join(folder, 'learner');

function git(where: string, ...args: string[]): { status: number | null; said: string } {
  const name = [
    '-c',
    'user.name=Ann',
    '-c',
    'user.email=ann@example.org',
    '-c',
    'commit.gpgsign=false',
  ];
  const run = spawnSync('git', [...name, ...args], { cwd: where, encoding: 'utf8' });
  return { status: run.status, said: `${run.stdout}${run.stderr}` };
}

/** Changes what a person would change: runs a cell (other outputs) or edits a text. */
function save(
  file: string,
  change: (cells: { cell_type: string; source: unknown; outputs: unknown }[]) => void,
): void {
  const notebook = JSON.parse(readFileSync(file, 'utf8'));
  change(notebook.cells);
  writeFileSync(file, JSON.stringify(notebook, null, 1));
}

function runFirstCell(file: string): void {
  save(file, (cells) => {
    const cell = cells.find(({ cell_type }) => cell_type === 'code');
    if (cell === undefined) throw new Error('no code cell');
    cell.outputs = [{ output_type: 'stream', name: 'stdout', text: 'Emoji, mine' }];
  });
}

function improve(file: string, words: string): void {
  save(file, ([first]) => {
    if (first !== undefined) first.source = words;
  });
}

const myWork = (...args: string[]) =>
  execFileSync(process.execPath, ['tools/my-work.mjs', ...args], {
    cwd: learner(),
    encoding: 'utf8',
    env: { ...process.env, SELFSUP_MY_WORK: '', SELFSUP_CACHE: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-pull-'));
  mkdirSync(join(author(), 'tools'), { recursive: true });
  for (const part of [
    'notebooks',
    'tools/my-work',
    'tools/command-line.mjs',
    'tools/my-work.mjs',
    'tools/setup',
    '.gitignore',
  ]) {
    cpSync(join(ROOT, part), join(author(), part), { recursive: true });
  }
  git(author(), 'init', '--quiet', '--initial-branch=main');
  git(author(), 'add', '--all');
  git(author(), 'commit', '--quiet', '--message=The course');
  expect(git(folder, 'clone', '--quiet', 'author', 'learner').status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a learner who runs notebooks has a clean clone, and git pull brings the course’s changes', () => {
  myWork();
  const mine = join(learner(), 'my-work', LESSON);
  runFirstCell(mine);
  const written = readFileSync(mine, 'utf8');
  writeFileSync(join(learner(), 'my-work', 'notes.md'), 'mine');
  expect(git(learner(), 'status', '--porcelain').said).toBe('');

  improve(join(author(), 'notebooks', LESSON), 'Better words.');
  improve(join(author(), 'notebooks', '02-encoder.ipynb'), 'Other words.');
  git(author(), 'commit', '--quiet', '--all', '--message=Better');
  const pull = git(learner(), 'pull', '--quiet');
  expect(pull.status, pull.said).toBe(0);

  myWork();
  expect(readFileSync(mine, 'utf8')).toBe(written);
  expect(readFileSync(mine.replace('.ipynb', '.new.ipynb'), 'utf8')).toContain('Better words.');
  expect(readFileSync(join(learner(), 'my-work', '02-encoder.ipynb'), 'utf8')).toContain(
    'Other words.',
  );
  expect(git(learner(), 'status', '--porcelain').said).toBe('');

  improve(join(author(), 'notebooks', LESSON), 'Best words.');
  git(author(), 'commit', '--quiet', '--all', '--message=Best');
  expect(git(learner(), 'pull', '--quiet').status).toBe(0);
  myWork('--changes=new');
  expect(readFileSync(mine, 'utf8')).toContain('Best words.');
  expect(readFileSync(join(learner(), 'my-work', 'set-aside', LESSON), 'utf8')).toBe(written);
});

it('control: one who runs the course’s own notebooks cannot pull', () => {
  runFirstCell(join(learner(), 'notebooks', LESSON));
  improve(join(author(), 'notebooks', LESSON), 'Still better words.');
  git(author(), 'commit', '--quiet', '--all', '--message=Still better');
  const pull = git(learner(), 'pull', '--quiet');
  expect(pull.status).not.toBe(0);
  expect(pull.said).toMatch(/would be overwritten/);
});
