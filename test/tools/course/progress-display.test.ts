import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const moduleOf = (name: string) => new URL(`../../../tools/course/${name}`, import.meta.url).href;
interface Display {
  begin(name: string): void;
  advance(name: string, event: { number?: number; cells?: number }): void;
  end(name: string, result: object): void;
}
const { ProgressDisplay }: { ProgressDisplay: new (stream: object) => Display } = await import(
  moduleOf('progress-display.mjs')
);
const {
  closingTable,
  formatReport,
}: {
  closingTable(
    runs: object[],
    limits: { limit: number | null; exerciseLimit: number | null },
  ): string;
  formatReport(report: object): string;
} = await import(moduleOf('closing-table.mjs'));

const RESULT = { cells: 2, seconds: 3.25, peak: 512e6, reports: [], failure: null };

describe('the progress of a run', () => {
  let written: string[];
  const streamOf = (isTTY: boolean) => ({
    isTTY,
    columns: 40,
    write: (text: string) => written.push(text),
  });
  beforeEach(() => {
    written = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('is a line for each cell in a log', () => {
    const display = new ProgressDisplay(streamOf(false));
    display.begin('03-nt-xent');
    display.advance('03-nt-xent', { cells: 2 });
    display.advance('03-nt-xent', { number: 1 });
    display.end('03-nt-xent', RESULT);
    expect(written).toEqual([
      '03-nt-xent: starting\n',
      '03-nt-xent: cell 1 of 2, 0 s\n',
      '✓ 03-nt-xent: 2 cells, 3.3 s, 512 MB\n',
    ]);
  });

  it('names one cell as one', () => {
    const display = new ProgressDisplay(streamOf(false));
    display.begin('03-nt-xent');
    display.end('03-nt-xent', { ...RESULT, cells: 1 });
    expect(written.at(-1)).toBe('✓ 03-nt-xent: 1 cell, 3.3 s, 512 MB\n');
  });

  it('changes in place on a terminal, and goes on counting seconds', () => {
    const display = new ProgressDisplay(streamOf(true));
    display.begin('03-nt-xent');
    display.advance('03-nt-xent', { cells: 2, number: 1 });
    vi.advanceTimersByTime(2000);
    expect(written.slice(-2)).toEqual(['\x1b[1A\x1b[0J', '… 03-nt-xent: cell 1 of 2, 2 s\n']);
    display.end('03-nt-xent', RESULT);
    expect(written.slice(-2)).toEqual(['\x1b[1A\x1b[0J', '✓ 03-nt-xent: 2 cells, 3.3 s, 512 MB\n']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps to the width of the terminal', () => {
    const display = new ProgressDisplay(streamOf(true));
    display.begin('a-notebook-with-a-name-longer-than-the-terminal-is-wide');
    expect(written.at(-1)?.trimEnd().length).toBeLessThan(40);
    display.end('a-notebook-with-a-name-longer-than-the-terminal-is-wide', RESULT);
  });
});

describe('the closing table', () => {
  it.each([
    [
      { value: 53.6, unit: '%', split: 'test', n: 10000, seed: 1 },
      '53.6 % (test, n = 10,000, seed 1)',
    ],
    [{ value: 0.000000012345 }, '1.23e-8'],
    [{ value: 4.123456, deviation: 0.02 }, '4.123 ± 0.02'],
    [{ value: 50, unit: '%', seeds: [1, 2, 3] }, '50 % (seeds 1, 2, 3)'],
    [{ value: null }, 'not finite'],
    [{ value: 0 }, '0'],
  ])('writes %j', (report, text) => {
    expect(formatReport(report)).toBe(text);
  });

  it('marks a notebook over its limit without failing it', () => {
    const runs = [{ notebook: '07-simclr', result: { ...RESULT, seconds: 75 } }];
    expect(closingTable(runs, { limit: 60, exerciseLimit: 80 })).toContain(
      'over the limit of 60 s',
    );
    expect(closingTable(runs, { limit: null, exerciseLimit: null })).not.toContain('limit');
  });

  it('gives exercises a limit of their own', () => {
    const runs = ['exercises/3-moco', 'exercises/solutions/3-moco'].map((notebook) => ({
      notebook,
      result: { ...RESULT, seconds: 75 },
    }));
    expect(closingTable(runs, { limit: 60, exerciseLimit: 80 })).not.toContain('limit');
    expect(closingTable(runs, { limit: 80, exerciseLimit: 60 })).toContain(
      'over the limit of 60 s',
    );
  });
});
