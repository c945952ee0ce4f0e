import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disturbance, instructionsOf, type Machine } from '../../bench/machine';
import { pythonWith } from '../../bench/python-library';
import {
  describeConditions,
  markdownTable,
  processorTitles,
  resultsDocument,
  rowSection,
  summaryTable,
} from '../../bench/results-document';
import type { Row } from '../../bench/row';
import { ROWS } from '../../bench/rows';
import { quantile, summarize } from '../../bench/sample-statistics';
import {
  type MeasuredRun,
  readSavedRuns,
  type SavedRow,
  type SavedRun,
} from '../../bench/saved-run';

const machine: Machine = {
  processor: 'A processor',
  cores: 2,
  memoryGiB: 24,
  system: 'Linux 6',
  instructions: ['avx512f'],
  loadAverage: 0.1,
  busy: 0.02,
};

const row: Row = {
  name: 'step',
  title: 'A step',
  claims: [
    { id: 'python', claim: '≥ 1.1 × Python', bound: { atLeast: 1.1 } },
    { id: 'eager', claim: '≥ 2.0 × eager', bound: { atLeast: 2 } },
    { id: 'other', claim: '≤ 1.0 × other', bound: { atMost: 1 } },
  ],
  measure: () => Promise.reject(new Error('is not measured')),
};

const result: SavedRow = {
  name: 'step',
  title: 'A step',
  table: { columns: ['side', 'ms'], rows: [['ours', '93.1']] },
  findings: {
    python: { value: 1.12, reached: '1.12 × (rounds: 1.00–1.20)' },
    eager: { value: 1.9, reached: '1.90 ×' },
  },
  notes: ['How.'],
  charts: { 'a-processor-growth.png': 'Time over pairs.' },
};

const run: SavedRun = {
  machine,
  date: '2026-01-02T03:04:05.000Z',
  minutes: 11.6,
  engines: ['Node 22'],
  rows: [result],
};

const tight = (document: string): string => document.replace(/ +/g, ' ');

describe('the document of results', () => {
  const slower: SavedRun = {
    ...run,
    machine: { ...machine, processor: 'Another', instructions: ['avx2'] },
    date: '2026-02-03',
    notes: ['Carried over.'],
    rows: [{ ...result, findings: { python: { value: 1.06, reached: '1.06 ×' } }, charts: {} }],
  };
  const document = tight(resultsDocument([run, slower], [row]));

  it('has a line for each claim and a column for each processor, with what was missed or not measured', () => {
    expect(document).toContain(
      '| work | must reach | A processor, AVX-512, 2 cores | Another, AVX2, 2 cores |',
    );
    expect(document).toContain(
      '| A step | ≥ 1.1 × Python | 1.12 × (rounds: 1.00–1.20) ✓ | 1.06 × ✗ missed |',
    );
    expect(document).toContain('| | ≥ 2.0 × eager | 1.90 × ✗ missed | not measured |');
    expect(document).toContain('| | ≤ 1.0 × other | not measured | not measured |');
  });

  it('has the last run of each processor, with its charts', () => {
    const [, first = '', second = ''] = document.split(/^## /m);
    expect(first).toMatch(/^A processor, AVX-512, 2 cores\n/);
    expect(first).toContain('Measured on 2026-01-02 in one run of 12 minutes');
    expect(first).toContain('- ≥ 2.0 × eager: **1.90 ×** ✗ missed');
    expect(first).toContain('![Time over pairs.](results/a-processor-growth.png)');
    expect(second).toMatch(/^Another, AVX2, 2 cores\n/);
    expect(second).toContain('Measured on 2026-02-03');
    expect(second).toContain('Carried over.');
  });

  it('holds a row that has gone, and one that failed', () => {
    const gone = { ...result, name: 'gone', title: 'No longer measured' };
    const failed = { ...result, findings: {}, failure: 'a side ended' };
    const shown = tight(resultsDocument([{ ...run, rows: [failed, gone] }], [row]));
    expect(shown).toContain('### No longer measured');
    expect(shown).toContain('| A step | ≥ 1.1 × Python | failed: a side ended ✗ missed |');
    expect(rowSection({ ...failed, table: { columns: [], rows: [] } }, [])).toContain(
      'Failed: a side ended',
    );
  });

  describe('of a processor whose last run did not measure everything', () => {
    const epoch: Row = {
      ...row,
      name: 'epoch',
      title: 'An epoch',
      claims: [{ id: 'python', claim: '≥ 1.2 × Python', bound: { atLeast: 1.2 } }],
    };
    const kept: SavedRow = {
      ...result,
      name: 'epoch',
      title: 'An epoch',
      findings: { python: { value: 1.3, reached: '1.30 ×' } },
      charts: { 'a-processor-epoch.png': 'An epoch over time.' },
    };
    const before: MeasuredRun = {
      ...run,
      machine: { ...machine, system: 'Linux 5' },
      date: '2025-12-24T03:04:05.000Z',
      minutes: 8,
      engines: ['Node 20'],
      notes: ['Of another disk.'],
      rows: [kept],
    };
    const shown = tight(resultsDocument([{ ...run, earlier: [before] }, slower], [row, epoch]));

    it('has the day behind each number of an earlier run, and says what it means', () => {
      expect(shown).toContain(
        '| An epoch | ≥ 1.2 × Python | 1.30 × ✓ (2025-12-24) | not measured |',
      );
      expect(shown).toContain('1.12 × (rounds: 1.00–1.20) ✓ |');
      expect(shown).toContain('the sides of a ratio are always of one run');
      expect(document).not.toContain('the sides of a ratio');
    });

    it('has the kept rows with the conditions of their run, under the same processor', () => {
      const [, first = '', second = ''] = shown.split(/^## /m);
      const [last = '', earlier = ''] = first.split('### Kept of the run of 2025-12-24\n');
      expect(last).toContain('Measured on 2026-01-02 in one run of 12 minutes. The rows that it');
      expect(last).toContain('### A step');
      expect(last).not.toContain('An epoch');
      for (const part of [
        'in a run of 8 minutes',
        'Linux 5',
        '- Node 20',
        'Of another disk.',
        '#### An epoch',
        '- ≥ 1.2 × Python: **1.30 ×** ✓',
        '![An epoch over time.](results/a-processor-epoch.png)',
      ]) {
        expect(earlier).toContain(part);
      }
      expect(second).not.toContain('Kept of');
    });

    it('tells two runs of one day apart by the time', () => {
      const morning = { ...before, date: '2026-01-02T01:00:00.000Z' };
      const both = tight(resultsDocument([{ ...run, earlier: [morning] }], [row, epoch]));
      expect(both).toContain('Measured on 2026-01-02, 03:04:05 UTC in one run');
      expect(both).toContain('### Kept of the run of 2026-01-02, 01:00:00 UTC');
      expect(both).toContain('1.30 × ✓ (2026-01-02, 01:00:00 UTC)');
    });
  });

  it('prints the same table for one run', () => {
    const table = tight(summaryTable([row], [{ title: 'reached', results: [result] }]));
    expect(table).toContain('| work | must reach | reached |');
    expect(table).toContain('| | ≥ 2.0 × eager | 1.90 × ✗ missed |');
  });

  it('tells processors of one name apart', () => {
    const other = { ...machine, instructions: ['avx512f', 'avx512_vnni'] };
    expect(processorTitles([machine, other, { ...machine, cores: 8 }])).toEqual([
      'A processor, AVX-512, 2 cores (avx512f)',
      'A processor, AVX-512, 2 cores (avx512f, avx512_vnni)',
      'A processor, AVX-512, 8 cores',
    ]);
  });

  it('keeps a bar in a cell from ending it', () => {
    const table = markdownTable({ columns: ['a'], rows: [['x | y']] });
    expect(table).toBe('| a      |\n| ------ |\n| x \\| y |');
  });

  it('is what is committed; `npm run bench -- --document` writes it anew', async () => {
    const committed = readFileSync(join(__dirname, '../../bench/RESULTS.md'), 'utf8');
    const runs = await readSavedRuns();
    expect(runs.map(({ machine }) => machine.processor)).toContain('AMD EPYC');
    expect(committed).toBe(resultsDocument(runs, ROWS));
  });
});

describe('the conditions', () => {
  it('name each engine once, and the absence of AMX', () => {
    const said = describeConditions(machine, ['Node 22', 'Python 3', 'Node 22']);
    expect(said.match(/Node 22/g)).toHaveLength(1);
    expect(said).toContain('avx512f (no AMX)');
    expect(said).not.toContain('not quiet');
  });

  it('warn of a machine that is not quiet', () => {
    expect(disturbance(machine)).toBeNull();
    expect(disturbance({ ...machine, busy: 0.4 })).toContain('others used 40 % of its cores');
    expect(disturbance({ ...machine, loadAverage: 1.7 })).toContain('was 1.70');
    expect(describeConditions({ ...machine, busy: 0.4 }, [])).toContain('**The machine is not');
  });

  it('read the instructions from /proc/cpuinfo', () => {
    const cpuinfo = 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16x\n\nprocessor\t: 1\n';
    expect(instructionsOf(cpuinfo)).toEqual(['avx2', 'avx512f']);
    expect(instructionsOf('')).toEqual([]);
  });

  it('say why there is no Python to compare with', () => {
    expect(pythonWith('tensorflow', '/no/such/python')).toEqual({
      missing: expect.stringMatching(/^\/no\/such\/python cannot be run/),
    });
    // A program that fails at what Python is asked.
    expect(pythonWith('pytorch', process.execPath)).toEqual({
      missing: `${process.execPath} cannot import torch`,
    });
  });
});

describe('a sample', () => {
  it('has quantiles that are linear between neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(summarize([3, 1, 8])).toMatchObject({ count: 3, mean: 4, median: 3, min: 1, max: 8 });
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
