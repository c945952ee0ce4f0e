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

function read(name: string): Notebook {
  return JSON.parse(readFileSync(join(ROOT, 'notebooks', `${name}.ipynb`), 'utf8')) as Notebook;
}
const openingOf = ({ cells }: Notebook) => cells[0]?.source.join('') ?? '';

/** What `--save` wrote into a notebook about its run, and how its text and the README call the time it took. */
const runs = notebookNames(join(ROOT, 'notebooks')).flatMap((name: string) => {
  const notebook = read(name);
  const seconds = notebook.metadata.selfsup?.run?.seconds;
  const row = README.find((line) => line.startsWith('|') && line.includes(`notebooks/${name}.`));
  const inReadme = row?.split('|').at(-2) ?? '';
  return seconds === undefined ? [] : [{ name, seconds, inReadme, opening: openingOf(notebook) }];
});

/** The openings of the notebooks that carry outputs, and of the exercises, whose run is that of their solutions. */
const openings = runs.flatMap(({ name, ...run }) => {
  if (!name.includes('/solutions/')) return [{ name, ...run }];
  const exercise = name.replace('/solutions/', '/');
  return [
    { name, ...run },
    { name: exercise, ...run, opening: openingOf(read(exercise)) },
  ];
});

/** "standard 2 min (measured beside other work, on a processor with bfloat16)", of which "and full" may be said too. */
const MEASURED =
  /standard (?:and full )?(\d+) (s|min) \(measured( beside other work)?, on a processor with(?:out)? bfloat16\)/;

/** What is wrong with the time in an opening cell, if the run took so many seconds; `busy`: beside other work. */
function wrongTime(opening: string, seconds: number, busy: boolean): string | undefined {
  const [stated, amount, unit, beside] = MEASURED.exec(opening) ?? [];
  if (stated === undefined) return 'no measured time of the standard profile';
  if ((beside !== undefined) !== busy) return busy ? 'not called busy' : 'called busy';
  const [said, rounding] = unit === 's' ? [Number(amount), 1] : [60 * Number(amount), 30];
  return Math.abs(said - seconds) <= rounding ? undefined : `${amount} ${unit} for ${seconds} s`;
}

const time = (said: string) => `**Time** (2 cores): quick 1 min, ${said}; full about 1 h.`;

describe('a time in an opening cell', () => {
  it.each([
    ['seconds', 'standard 38 s (measured, on a processor with bfloat16)', 38, false],
    ['minutes', 'standard 2 min (measured, on a processor with bfloat16)', 130, false],
    [
      'two profiles',
      'standard and full 2 min (measured, on a processor with bfloat16)',
      122,
      false,
    ],
    [
      'a busy machine',
      'standard 6 min (measured beside other work, on a processor with bfloat16)',
      347,
      true,
    ],
  ])('may be right: %s', (_, said, seconds, busy) => {
    expect(wrongTime(time(said), seconds, busy)).toBeUndefined();
  });

  it.each([
    [
      'other seconds',
      'standard 33 s (measured, on a processor with bfloat16)',
      false,
      '33 s for 38',
    ],
    [
      'other minutes',
      'standard 2 min (measured, on a processor with bfloat16)',
      false,
      '2 min for 38',
    ],
    ['no measured time', 'standard about 1 min (estimated)', false, 'no measured time'],
    [
      'another processor',
      'standard 38 s (measured, on a processor with AVX-512)',
      false,
      'no meas',
    ],
    [
      'a busy machine that the README does not name',
      'standard 38 s (measured beside other work, on a processor with bfloat16)',
      false,
      'called busy',
    ],
    [
      'no busy machine where the README names one',
      'standard 38 s (measured, on a processor with bfloat16)',
      true,
      'not called busy',
    ],
  ])('must not be %s', (_, said, busy, says) => {
    expect(wrongTime(time(said), 38, busy)).toContain(says);
  });
});

describe('times of the committed runs', () => {
  it('are known of most notebooks', () => {
    expect(runs.length).toBeGreaterThan(12);
    expect(openings.length).toBeGreaterThan(runs.length);
  });

  it.each(runs)('$name: the README says what its run took', ({ seconds, inReadme }) => {
    const [stated, minutes, rest] = /^ (\d+) min (\d\d) s\b/.exec(inReadme) ?? [];
    expect(stated, `the last column: ${inReadme}`).toBeDefined();
    expect(Math.abs(60 * Number(minutes) + Number(rest) - seconds)).toBeLessThanOrEqual(1);
  });

  it.each(openings)('$name: so does its opening cell', ({ seconds, inReadme, opening }) => {
    expect(wrongTime(opening, seconds, inReadme.includes('busy'))).toBeUndefined();
  });
});
