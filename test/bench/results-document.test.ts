import { describe, expect, it } from 'vitest';
import { disturbance, instructionsOf, type Machine } from '../../bench/machine';
import { pythonWithTensorFlow } from '../../bench/python-with-tensorflow';
import { describeConditions, markdownTable, resultsDocument } from '../../bench/results-document';
import type { RowResult } from '../../bench/row';
import { quantile, summarize } from '../../bench/sample-statistics';

const result: RowResult = {
  title: 'A step',
  table: { columns: ['side', 'ms'], rows: [['ours', '93.1']] },
  verdicts: [
    { claim: '≥ 1.0 × Python', reached: '1.02 ×', met: true },
    { claim: '≥ 2.0 × eager', reached: '1.90 ×', met: false },
    { claim: '≥ 1.0 × other', reached: 'not measured', met: null },
  ],
  notes: ['How.'],
  engines: [],
  charts: { 'growth.png': () => Promise.reject(new Error('is not drawn again')) },
};

const machine: Machine = {
  processor: 'A processor',
  cores: 2,
  memoryGiB: 24,
  system: 'Linux 6',
  instructions: ['avx512f'],
  loadAverage: 0.1,
  busy: 0.02,
};

describe('the document of results', () => {
  const document = resultsDocument({
    results: [result],
    conditions: 'A machine.',
    date: new Date('2026-01-02T03:04:05Z'),
    minutes: 11.6,
    charts: { 'growth.png': 'Time over pairs.' },
  }).replace(/ +/g, ' ');

  it('marks what was missed and what was not measured', () => {
    expect(document).toContain('| A step | ≥ 1.0 × Python | 1.02 × | ✓ |');
    expect(document).toContain('| | ≥ 2.0 × eager | 1.90 × | ✗ missed |');
    expect(document).toContain('| | ≥ 1.0 × other | not measured | – |');
  });

  it('says when, how long and how, and shows charts with a text alternative', () => {
    expect(document).toContain('Measured on 2026-01-02 in one run of 12 minutes');
    expect(document).toContain('`npm run bench -- --save`');
    expect(document).toContain('![Time over pairs.](growth.png)');
  });

  it('keeps a bar in a cell from ending it', () => {
    const table = markdownTable({ columns: ['a'], rows: [['x | y']] });
    expect(table).toBe('| a      |\n| ------ |\n| x \\| y |');
  });
});

describe('the conditions', () => {
  it('name each engine once, and the absence of AMX', () => {
    const said = describeConditions(machine, ['Node 22', 'Python 3', 'Node 22'], null);
    expect(said.match(/Node 22/g)).toHaveLength(1);
    expect(said).toContain('avx512f (no AMX)');
  });

  it('warn of a machine that is not quiet', () => {
    expect(disturbance(machine)).toBeNull();
    expect(disturbance({ ...machine, busy: 0.4 })).toContain('others used 40 % of its cores');
    expect(disturbance({ ...machine, loadAverage: 1.7 })).toContain('was 1.70');
  });

  it('read the instructions from /proc/cpuinfo', () => {
    const cpuinfo = 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16x\n\nprocessor\t: 1\n';
    expect(instructionsOf(cpuinfo)).toEqual(['avx2', 'avx512f']);
    expect(instructionsOf('')).toEqual([]);
  });

  it('say why there is no Python to compare with', () => {
    expect(pythonWithTensorFlow('/no/such/python')).toEqual({
      missing: expect.stringMatching(/^\/no\/such\/python cannot be run/),
    });
    // A program that fails at what Python is asked.
    expect(pythonWithTensorFlow(process.execPath)).toEqual({
      missing: `${process.execPath} cannot import tensorflow`,
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
