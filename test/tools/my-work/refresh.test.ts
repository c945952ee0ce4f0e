import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForChoices } from '../../../tools/my-work/change-choice.mjs';
import { fingerprint, learnerCopy } from '../../../tools/my-work/learner-copy.mjs';
import { type Choice, refresh } from '../../../tools/my-work/refresh.mjs';
import { workFolder } from '../../../tools/my-work.mjs';

interface Output {
  output_type: string;
  text?: string | string[];
  execution_count?: number | null;
  metadata?: { selfsup?: { outputsOf: string } };
}

interface Content {
  cells: {
    cell_type: string;
    source: string | string[];
    outputs?: Output[];
    execution_count?: number | null;
  }[];
  metadata: object;
}

/** A notebook with one text and one code cell that was run by the course. */
function notebook(text: string): string {
  const outputs = [{ output_type: 'stream', name: 'stdout', text: ['CIFAR-10\n', '62.3 %'] }];
  return JSON.stringify({
    cells: [
      { cell_type: 'markdown', id: 'a', metadata: {}, source: [text] },
      {
        cell_type: 'code',
        id: 'b',
        metadata: {},
        source: ['1;\n', '2'],
        outputs,
        execution_count: 7,
      },
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });
}

let root: string;
let course: string;
let work: string;
const inCourse = (name: string) => join(course, name);
const mine = (name: string) => join(work, name);
const text = (file: string) => readFileSync(file, 'utf8');
const content = (file: string) => JSON.parse(text(file)) as Content;
const nobody = () => Promise.resolve(new Map<string, Choice>());
const bring = (choose: (paths: string[]) => Promise<Map<string, Choice>> = nobody) =>
  refresh(course, work, choose);

/** The learner answers in the notebook and runs it. */
function answer(name: string): string {
  const edited = content(mine(name));
  const cell = edited.cells[1];
  if (cell === undefined) throw new Error('no cell');
  cell.source = 'my answer';
  cell.outputs = [{ output_type: 'stream', text: 'Emoji' }];
  const written = JSON.stringify(edited);
  writeFileSync(mine(name), written);
  return written;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'my-work-'));
  course = join(root, 'notebooks');
  work = join(root, 'my-work');
  mkdirSync(join(course, 'exercises'), { recursive: true });
  mkdirSync(join(course, 'figures'));
  mkdirSync(join(course, '.ipynb_checkpoints'));
  writeFileSync(inCourse('README.md'), '# Contents\n\nText.\n');
  writeFileSync(inCourse('01.ipynb'), notebook('one'));
  writeFileSync(inCourse('exercises/1.ipynb'), notebook('[back](../01.ipynb)'));
  writeFileSync(inCourse('figures/one.svg'), '<svg/>');
  writeFileSync(inCourse('.ipynb_checkpoints/01.ipynb'), 'old');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a learner’s copy', () => {
  it('counts as not run, and the outputs say whose they are', () => {
    const copy = JSON.parse(
      learnerCopy('01.ipynb', Buffer.from(notebook('one'))).toString(),
    ) as Content;
    const [, code] = copy.cells;
    expect(code?.execution_count).toBeNull();
    expect(code?.outputs?.map((one) => one.metadata?.selfsup?.outputsOf)).toEqual([
      'course',
      undefined,
    ]);
    expect(code?.outputs?.[1]).toMatchObject({ text: ['CIFAR-10\n', '62.3 %'] });
  });

  it('has no mark where there is no output, and no count of a result', () => {
    const bare = { cell_type: 'code', source: '', metadata: {}, outputs: [], execution_count: 3 };
    const result = { output_type: 'execute_result', data: {}, metadata: {}, execution_count: 4 };
    const cells = [bare, { ...bare, outputs: [result] }];
    const copy = JSON.parse(
      learnerCopy('x.ipynb', Buffer.from(JSON.stringify({ cells }))).toString(),
    ) as Content;
    expect(copy.cells[0]?.outputs).toEqual([]);
    expect(copy.cells[1]?.outputs?.[1]?.execution_count).toBeNull();
  });

  it('is the same work when JupyterLab has only written it differently, and other work when run or edited', () => {
    const print = (value: object) => fingerprint('01.ipynb', Buffer.from(JSON.stringify(value)));
    const given = JSON.parse(notebook('one')) as Content;
    const saved = structuredClone(given);
    const cell = saved.cells[1];
    if (cell?.outputs?.[0] === undefined) throw new Error('no cell');
    cell.source = '1;\n2';
    saved.metadata = { language_info: { name: 'typescript', version: '5' } };
    expect(print(saved)).toBe(print(given));
    cell.outputs[0].text = 'Emoji';
    expect(print(saved)).not.toBe(print(given));
  });

  it('names the file that is no notebook, and how to get it back', () => {
    expect(() => learnerCopy('01.ipynb', Buffer.from('<<<<<<< HEAD'))).toThrow(
      /git checkout notebooks\/01\.ipynb/,
    );
  });
});

describe('bringing my-work up to date', () => {
  it('makes every file, in the same places, and does nothing the second time', async () => {
    expect((await bring()).made).toEqual([
      '01.ipynb',
      'README.md',
      'exercises/1.ipynb',
      'figures/one.svg',
    ]);
    expect(text(mine('README.md'))).toMatch(
      /^# Contents\n\n> \*\*These notebooks are your own copies/,
    );
    expect(text(mine('figures/one.svg'))).toBe('<svg/>');
    const before = text(mine('.given.json'));
    expect(await bring()).toEqual({ made: [], renewed: [], removed: [], changed: [] });
    expect(text(mine('.given.json'))).toBe(before);
  });

  it('replaces what nobody worked in, makes what is missing, removes what the course has no more', async () => {
    await bring();
    // Opened and saved by JupyterLab, which writes another layout.
    writeFileSync(mine('01.ipynb'), JSON.stringify(content(mine('01.ipynb')), null, 4));
    writeFileSync(inCourse('01.ipynb'), notebook('one, better'));
    renameSync(mine('README.md'), mine('mine.md'));
    renameSync(inCourse('exercises/1.ipynb'), inCourse('exercises/2.ipynb'));
    const done = await bring();
    expect(done).toEqual({
      made: ['README.md', 'exercises/2.ipynb'],
      renewed: ['01.ipynb'],
      removed: ['exercises/1.ipynb'],
      changed: [],
    });
    expect(text(mine('01.ipynb'))).toContain('one, better');
    expect(existsSync(mine('exercises/1.ipynb'))).toBe(false);
    expect(text(mine('mine.md'))).toContain('Contents');
  });

  it('leaves alone what the learner changed or added, while the course does not change', async () => {
    await bring();
    const written = answer('01.ipynb');
    writeFileSync(mine('own.ipynb'), notebook('own'));
    expect(await bring(() => Promise.reject(new Error('asked')))).toMatchObject({
      changed: [],
      renewed: [],
    });
    expect(text(mine('01.ipynb'))).toBe(written);
    expect(text(mine('own.ipynb'))).toBe(notebook('own'));
  });

  it('with nobody to ask keeps both, and asks once for each version', async () => {
    await bring();
    const written = answer('01.ipynb');
    writeFileSync(inCourse('01.ipynb'), notebook('two'));
    expect((await bring()).changed).toEqual([
      { path: '01.ipynb', choice: 'both', other: '01.new.ipynb' },
    ]);
    expect(text(mine('01.ipynb'))).toBe(written);
    expect(text(mine('01.new.ipynb'))).toContain('two');
    expect((await bring()).changed).toEqual([]);

    // The next version takes the place of the one that nobody opened, and another name once somebody has.
    writeFileSync(inCourse('01.ipynb'), notebook('three'));
    expect((await bring()).changed[0]?.other).toBe('01.new.ipynb');
    expect(text(mine('01.new.ipynb'))).toContain('three');
    const alsoMine = answer('01.new.ipynb');
    writeFileSync(inCourse('01.ipynb'), notebook('four'));
    expect((await bring()).changed[0]?.other).toBe('01.new-2.ipynb');
    expect([text(mine('01.ipynb')), text(mine('01.new.ipynb'))]).toEqual([written, alsoMine]);
  });

  it('keeps mine', async () => {
    await bring();
    const written = answer('01.ipynb');
    writeFileSync(inCourse('01.ipynb'), notebook('two'));
    const choose = () => Promise.resolve(new Map<string, Choice>([['01.ipynb', 'keep']]));
    expect((await bring(choose)).changed).toEqual([{ path: '01.ipynb', choice: 'keep' }]);
    expect(text(mine('01.ipynb'))).toBe(written);
    expect((await bring()).changed).toEqual([]);
    expect(readdirSync(work).filter((name) => /new|aside/.test(name))).toEqual([]);
  });

  it('takes the new one and sets mine aside', async () => {
    const choose = () => Promise.resolve(new Map<string, Choice>([['exercises/1.ipynb', 'new']]));
    await bring();
    for (const [version, aside] of [
      ['two', '1.ipynb'],
      ['three', '1.older.ipynb'],
    ] as const) {
      const written = answer('exercises/1.ipynb');
      writeFileSync(inCourse('exercises/1.ipynb'), notebook(version));
      const other = `set-aside/exercises/${aside}`;
      expect((await bring(choose)).changed).toEqual([
        { path: 'exercises/1.ipynb', choice: 'new', other },
      ]);
      expect(text(mine('exercises/1.ipynb'))).toContain(version);
      expect(text(mine(other))).toBe(written);
    }
  });

  it('takes a file that the learner made before the course did, or whose record is lost, for the learner’s', async () => {
    await bring();
    const written = answer('01.ipynb');
    writeFileSync(mine('.given.json'), '{"files": {"01.ip');
    writeFileSync(inCourse('figures/two.svg'), '<svg>course</svg>');
    writeFileSync(mine('figures/two.svg'), '<svg>mine</svg>');
    const { changed } = await bring();
    expect(changed.map(({ other }) => other)).toEqual(['01.new.ipynb', 'figures/two.new.svg']);
    expect([text(mine('01.ipynb')), text(mine('figures/two.svg'))]).toEqual([
      written,
      '<svg>mine</svg>',
    ]);
  });

  it('keeps a learner’s notebook that the course has no more', async () => {
    await bring();
    const written = answer('01.ipynb');
    rmSync(inCourse('01.ipynb'));
    expect((await bring()).removed).toEqual([]);
    expect(text(mine('01.ipynb'))).toBe(written);
  });

  it('puts right what a killed process left', async () => {
    await bring();
    const written = answer('01.ipynb');
    // Killed between moving a file that somebody saved in that moment and giving the new one its name; and while writing.
    renameSync(mine('01.ipynb'), mine('.01.ipynb.selfsup-old'));
    writeFileSync(mine('exercises/.1.ipynb.selfsup-part'), '{"cells": [');
    writeFileSync(mine('figures/.one.svg.selfsup-old'), '<svg>mine</svg>');
    await bring();
    expect(text(mine('01.ipynb'))).toBe(written);
    expect(text(mine('figures/one.yours.svg'))).toBe('<svg>mine</svg>');
    expect(readdirSync(mine('exercises'))).toEqual(['1.ipynb']);
  });
});

it('knows a copy that nobody worked in after it was killed twice, behind one placing and before the next', async () => {
  /** One call, killed where it would call a function of `node:fs` with such a file. */
  const killedAt = async (name: 'renameSync' | 'rmSync', ending: string) => {
    const script = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const real = fs.${name};
      fs.${name} = (file, ...more) => {
        if (String(file).endsWith(${JSON.stringify(ending)})) process.kill(process.pid, 'SIGKILL');
        return real(file, ...more);
      };
      syncBuiltinESMExports();
      const { refresh } = await import(${JSON.stringify(join(__dirname, '../../../tools/my-work/refresh.mjs'))});
      await refresh(process.argv[1], process.argv[2], async () => new Map());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, course, work]);
    expect(await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))).toBe(
      'SIGKILL',
    );
  };
  writeFileSync(inCourse('a.ipynb'), notebook('first'));
  await bring();
  writeFileSync(inCourse('a.ipynb'), notebook('second'));
  await killedAt('rmSync', '.a.ipynb.selfsup-old');
  expect(text(mine('a.ipynb'))).toContain('second');
  writeFileSync(inCourse('a.ipynb'), notebook('third'));
  await killedAt('renameSync', '/a.ipynb');
  writeFileSync(inCourse('a.ipynb'), notebook('fourth'));
  expect(await bring()).toMatchObject({ renewed: ['a.ipynb'], changed: [] });
  expect(text(mine('a.ipynb'))).toContain('fourth');
  expect(readdirSync(work).filter((one) => one.includes('a.'))).toEqual(['a.ipynb']);
});

it('killed at any moment it loses nothing and leaves no half file', async () => {
  const script = `
    import { refresh } from ${JSON.stringify(join(__dirname, '../../../tools/my-work/refresh.mjs'))};
    console.log('begun');
    await refresh(process.argv[1], process.argv[2], async () => new Map());
    console.log('done');`;
  const big = 'x'.repeat(200_000);
  for (let nth = 10; nth < 40; nth++) writeFileSync(inCourse(`${nth}.ipynb`), notebook(big));
  await bring();
  const written = new Map([10, 20, 30].map((nth) => [`${nth}.ipynb`, answer(`${nth}.ipynb`)]));
  let cut = 0;
  for (let round = 0; round < 12; round++) {
    for (let nth = 10; nth < 40; nth++) {
      writeFileSync(inCourse(`${nth}.ipynb`), notebook(`${big} ${round} ${nth}`));
    }
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, course, work]);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    while (!said.includes('begun')) await sleep(1);
    await sleep(5 + 12 * round);
    child.kill('SIGKILL');
    await ended;
    if (!said.includes('done')) cut += 1;
    for (const name of readdirSync(work).filter((one) =>
      /^\d+[^.]*\.(new\S*\.)?ipynb$/.test(one),
    )) {
      expect(content(mine(name)).cells, name).toHaveLength(2);
    }
    for (const [name, words] of written) expect(text(mine(name))).toBe(words);
  }
  expect(cut).toBeGreaterThan(0);
  const { changed } = await bring();
  expect(changed.filter(({ path }) => !written.has(path))).toEqual([]);
  for (let nth = 10; nth < 40; nth++) {
    const name = `${nth}.ipynb`;
    const current = `${big} 11 ${nth}`;
    if (written.has(name)) expect(text(mine(name))).toBe(written.get(name));
    else expect(text(mine(name))).toContain(current);
    if (written.has(name)) {
      const besides = readdirSync(work).filter((one) => one.startsWith(`${nth}.new`));
      expect(besides.some((one) => text(mine(one)).includes(current))).toBe(true);
    }
  }
  expect(readdirSync(work).filter((name) => name.includes('selfsup-'))).toEqual([]);
});

describe('the questions', () => {
  const asked = async (answers: string[]) => {
    const left = [...answers];
    const choices = await askForChoices(['a', 'b', 'c'], () =>
      Promise.resolve(left.shift() ?? 'end'),
    );
    return { choices: Object.fromEntries(choices), left };
  };

  it('take one letter for each file, Enter for both, and ask again for anything else', async () => {
    expect(await asked(['k', 'x', ' n ', ''])).toEqual({
      choices: { a: 'keep', b: 'new', c: 'both' },
      left: [],
    });
  });

  it('take a capital for all that follow', async () => {
    expect(await asked(['n', 'K'])).toEqual({
      choices: { a: 'new', b: 'keep', c: 'keep' },
      left: [],
    });
  });
});

it('works only in a folder of its own inside the course', () => {
  expect(workFolder('/course', {})).toBe('my-work');
  expect(workFolder('/course', { SELFSUP_MY_WORK: '/course/mine/ann' })).toBe('mine/ann');
  for (const wrong of ['..', '/tmp', '.', 'notebooks', 'notebooks/mine', 'lib/x']) {
    expect(() => workFolder('/course', { SELFSUP_MY_WORK: wrong })).toThrow(/SELFSUP_MY_WORK/);
  }
});
