import { describe, expect, it } from 'vitest';
import type { Measured } from '../../bench/alternation';
import { verdictOf } from '../../bench/claim';
import { atLeast, atMost, comparison, Times, type TimesClaim } from '../../bench/comparison-row';
import { type Side, SideProcess } from '../../bench/side-process';

const side = (id: string, runtime: Side['runtime']): Side => ({
  id,
  label: id,
  runtime,
  workload: 'matrix-product',
  settings: { size: 4 },
});

function measured(id: string, ...rounds: number[][]): Measured {
  return { side: side(id, 'node'), facts: { engine: 'none' }, rounds, peakMiB: 1 };
}

describe('the ratio of two sides', () => {
  const slow = measured('slow', [200, 220, 900], [300, 300, 300]);
  const fast = measured('fast', [100, 100, 110], [200, 200, 210]);

  it('is that of the medians over all rounds, with the least and most of a round', () => {
    const times = new Times([slow, fast], 'median');
    expect(times.ratio('slow', 'fast')).toEqual({ value: 300 / 155, least: 1.5, most: 2.2 });
    const verdict = (claim: TimesClaim) => verdictOf(claim, claim.find(times));
    expect(verdict(atLeast(1.9, 'slow', 'fast', 'slow'))).toEqual({
      claim: '≥ 1.9 × slow',
      reached: '1.94 × (rounds: 1.50–2.20)',
      met: true,
    });
    expect(verdict(atLeast(2, 'slow', 'fast', 'slow')).met).toBe(false);
    expect(verdict(atMost(1.9, 'slow', 'fast', 'fast')).met).toBe(false);
    expect(verdict(atLeast(1, 'other', 'fast', 'other'))).toMatchObject({
      reached: 'not measured',
      met: null,
    });
  });

  it('is that of the means where bursts count', () => {
    expect(new Times([slow, fast], 'mean').ratio('slow', 'fast')?.value).toBeCloseTo(2220 / 920);
  });
});

describe('a row without Python and without bfloat16', () => {
  it('measures the others and says of these that they were not measured', async () => {
    const row = comparison({
      name: 'product',
      title: 'A product',
      sides: [
        side('ours', 'node'),
        side('tensorflow', 'tensorflow'),
        side('pytorch', 'pytorch'),
        { ...side('half', 'node'), settings: { precision: 'bfloat16' } },
      ],
      rounds: 2,
      repeats: 3,
      claims: [
        atLeast(1, 'tensorflow', 'ours', 'TensorFlow'),
        atLeast(1, 'pytorch', 'ours', 'PyTorch'),
        atMost(1, 'ours', 'ours', 'itself'),
      ],
      notes: [],
    });
    const { table, findings, sides, engines } = await row.measure({
      programs: {},
      bfloat16: false,
      quick: false,
    });
    expect(findings).toEqual({ 'ours/ours': { value: 1, reached: '1.00 × (rounds: 1.00–1.00)' } });
    expect(table.rows.map(([label, median]) => [label, Number.isFinite(Number(median))])).toEqual([
      ['ours', true],
      ['tensorflow', false],
      ['pytorch', false],
      ['half', false],
    ]);
    expect(table.rows[1]?.[1]).toBe('not measured');
    expect(sides.map(({ id, measured }) => [id, measured])).toEqual([
      ['ours', true],
      ['tensorflow', false],
      ['pytorch', false],
      ['half', false],
    ]);
    expect(table.rows[0]?.[table.columns.indexOf('steps')]).toBe('6');
    expect(engines[0]).toMatch(/^Node \d+\.\d+\.\d+, TensorFlow 2\.\d+/);
  });

  it('starts no side whose library no Python has', async () => {
    await expect(SideProcess.start(side('theirs', 'pytorch'), {})).rejects.toThrow(
      '"theirs" needs a Python with pytorch.',
    );
  });

  it('fails with the words of a side that fails', async () => {
    const row = comparison({
      name: 'product',
      title: 'A product',
      sides: [{ ...side('ours', 'node'), workload: 'no such work' }],
      rounds: 1,
      repeats: 1,
      claims: [],
      notes: [],
    });
    await expect(row.measure({ programs: {}, bfloat16: false, quick: false })).rejects.toThrow(
      /"ours" ended with 1:[\s\S]*There is no workload "no such work"/,
    );
  });
});
