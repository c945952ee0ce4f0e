import { describe, expect, it } from 'vitest';
import type { Tally } from './campaign';
import { faultsDocument, faultsReport, faultsTable, isClean } from './faults-document';

const clean: Tally = {
  ...{ kind: 'texts', title: 'random texts', count: 1200, failures: [], leftovers: [], seconds: 3 },
};
const failed: Tally = {
  ...clean,
  kind: 'kills',
  failures: [
    { what: 'loss', message: 'Loss: gone', fault: '[1]', seed: 9, path: '0:1' },
    { what: 'raw error', message: 'TypeError: x', fault: '[2]', seed: 9, path: '1' },
  ],
  leftovers: ['process 4 node'],
};

describe('the closing table of npm run faults', () => {
  it('counts each kind, and all of them', () => {
    expect(faultsTable([clean, failed]).split('\n').slice(2)).toEqual([
      '| texts: random texts | 1,200 | 0 | 0 | 0 |',
      '| kills: random texts | 1,200 | 1 | 1 | 1 |',
      '| **all** | 2,400 | 1 | 1 | 1 |',
    ]);
  });

  it('is clean only where nothing is wrong and something was done', () => {
    expect(isClean([clean])).toBe(true);
    expect(isClean([clean, failed])).toBe(false);
    expect(isClean([{ ...clean, leftovers: ['x'] }])).toBe(false);
    expect(isClean([{ ...clean, count: 0 }])).toBe(false);
  });

  it('says how to see each failure again', () => {
    expect(faultsReport([clean])).toBe('');
    expect(faultsReport([failed])).toContain(
      'npm run faults -- --only kills --seed 9 --path "0:1"',
    );
    expect(faultsReport([failed])).toContain('left behind: process 4 node');
  });

  it('is a document that names its seed and machine', () => {
    const run = { minutes: 10, seed: 7, machine: 'a machine', date: new Date(0) };
    expect(faultsDocument({ ...run, tallies: [clean] })).toMatch(
      /--seed 7[\s\S]*a machine[\s\S]*Nothing was lost/,
    );
    expect(faultsDocument({ ...run, tallies: [failed] })).toContain('What went wrong');
  });
});
