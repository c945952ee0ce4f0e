import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notebookNames } from '../../tools/course/notebook-list.mjs';

const ROOT = join(__dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');

interface Notebook {
  readonly cells: readonly { readonly source: readonly string[] }[];
  readonly metadata: { readonly selfsup?: { readonly run?: { readonly seconds: number } } };
}

/** What `--save` wrote into a notebook about its run, and how its text and the README call the time it took. */
const runs = notebookNames(join(ROOT, 'notebooks')).flatMap((name: string) => {
  const file = join(ROOT, 'notebooks', `${name}.ipynb`);
  const { cells, metadata } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  const seconds = metadata.selfsup?.run?.seconds;
  return seconds === undefined ? [] : [{ name, seconds, opening: cells[0]?.source.join('') ?? '' }];
});

const secondsOf = ([, minutes, seconds]: RegExpExecArray) => 60 * Number(minutes) + Number(seconds);

describe('times of the committed runs', () => {
  it('are known of most notebooks', () => {
    expect(runs.length).toBeGreaterThan(12);
  });

  it.each(runs)('$name: the README says what its run took', ({ name, seconds }) => {
    const row = README.find((line) => line.startsWith('|') && line.includes(`notebooks/${name}.`));
    const stated = /^\| (\d+) min (\d\d) s\b/.exec(`|${row?.split('|').at(-2)}`);
    expect(stated, `the last column of ${row}`).not.toBeNull();
    expect(Math.abs(secondsOf(stated as RegExpExecArray) - seconds)).toBeLessThanOrEqual(1);
  });

  it.each(runs)('$name: its opening cell says nothing else', ({ seconds, opening }) => {
    const stated = /committed run took (\d+) min (\d\d) s/.exec(opening);
    if (stated) expect(Math.abs(secondsOf(stated) - seconds)).toBeLessThanOrEqual(5);
  });
});
