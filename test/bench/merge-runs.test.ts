import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../bench/machine';
import { describeSaving, mergeRuns } from '../../bench/merge-runs';
import type { RowResult } from '../../bench/row';
import { processorName, readSavedRuns, runsOf, saveRun } from '../../bench/saved-run';

const EPYC: Machine = {
  processor: 'AMD EPYC',
  cores: 2,
  memoryGiB: 24,
  system: 'Linux 6',
  instructions: ['avx2'],
  loadAverage: 0,
  busy: 0,
};
const XEON: Machine = { ...EPYC, processor: 'Xeon' };
const SIDES = ['ours', 'tensorflow', 'pytorch'];

/** A row that measured these sides: each took `ms`, so that a ratio tells the run. */
function measured(name: string, ms: number, sides = SIDES): RowResult {
  const against = sides.filter((side) => side !== 'ours');
  const drawn = { title: name, description: `${ms} ms.` };
  const png = async () => ({ bytes: new Uint8Array([ms]) });
  return {
    name,
    title: `Row ${name}`,
    table: { columns: ['side', 'ms'], rows: sides.map((side) => [side, `${ms}`]) },
    findings: Object.fromEntries(
      against.map((side) => [`${side}/ours`, { value: ms, reached: `${ms} ×` }]),
    ),
    notes: [],
    sides: SIDES.map((id) => ({ id, label: `${id}, float32`, measured: sides.includes(id) })),
    engines: [],
    charts: { [`${name}.png`]: async () => ({ ...drawn, png }) as unknown as Figure },
  };
}

const failed = (name: string): RowResult => ({
  ...measured(name, 0, []),
  findings: {},
  sides: [],
  failure: 'a side ended',
});

const on = (day: number, machine = EPYC) => ({
  machine: { ...machine, loadAverage: day / 100 },
  date: `2026-01-0${day}T10:00:00.000Z`,
  minutes: day,
  engines: [`Node ${day}`],
});

describe('a run that is saved', () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bench-merge-'));
    await saveRun(on(1), [measured('step', 1), measured('epoch', 1), measured('trace', 1)], folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = () => join(folder, `${processorName(EPYC)}.json`);
  /** Each run's day, its load and what is kept of it, with the number of its ratios. */
  const kept = async () =>
    runsOf((await readSavedRuns(folder))[0] as never).map(({ date, machine, rows }) => [
      Number(date.slice(8, 10)),
      machine.loadAverage,
      Object.fromEntries(
        rows.map(({ name, findings }) => [name, Object.values(findings).map(({ value }) => value)]),
      ),
    ]);
  const chart = (name: string) =>
    readFileSync(join(folder, `${processorName(EPYC)}-${name}.png`))[0];

  it('replaces every row by one with the same sides, and leaves no earlier run', async () => {
    const rows = [measured('step', 2), measured('epoch', 2), measured('trace', 2)];
    const saving = await saveRun(on(2), rows, folder);
    expect(saving).toEqual({ saved: ['step', 'epoch', 'trace'], kept: [] });
    expect(describeSaving(saving)).toBe('Saved in bench/results: step, epoch, trace.');
    expect(await kept()).toEqual([[2, 0.02, { step: [2, 2], epoch: [2, 2], trace: [2, 2] }]]);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).not.toHaveProperty('earlier');
  });

  it('keeps the rows it has not measured, with the run and the chart that they are of', async () => {
    const saving = await saveRun(on(2), [measured('step', 2)], folder);
    expect(await kept()).toEqual([
      [2, 0.02, { step: [2, 2] }],
      [1, 0.01, { epoch: [1, 1], trace: [1, 1] }],
    ]);
    expect([chart('step'), chart('epoch')]).toEqual([2, 1]);
    expect(describeSaving(saving)).toBe(
      'Saved in bench/results: step.\n' +
        'Kept as it was measured before:\n' +
        '- epoch, of 2026-01-01: not measured in this run.\n' +
        '- trace, of 2026-01-01: not measured in this run.',
    );
  });

  it('replaces no row by one that lacks a side, and mixes none', async () => {
    const without = measured('step', 2, ['ours', 'tensorflow']);
    const saving = await saveRun(on(2), [without, measured('trace', 2)], folder);
    expect(await kept()).toEqual([
      [2, 0.02, { trace: [2, 2] }],
      [1, 0.01, { step: [1, 1], epoch: [1, 1] }],
    ]);
    expect(chart('step')).toBe(1);
    const said = describeSaving(saving);
    expect(said).toContain('- step, of 2026-01-01: this run is without pytorch, float32.\n');
    expect(said).toContain('a ratio never mixes runs');
  });

  it('changes no file when none of its rows has all sides', async () => {
    const before = readFileSync(file(), 'utf8');
    const names = ['step', 'epoch', 'trace'];
    const saving = await saveRun(
      on(2),
      names.map((name) => measured(name, 2, ['ours'])),
      folder,
    );
    expect(saving.saved).toEqual([]);
    expect(describeSaving(saving)).toMatch(/^Nothing of this run was saved/);
    expect(describeSaving(saving)).toContain('without tensorflow, float32; pytorch, float32.');
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(chart('step')).toBe(1);
  });

  it('keeps a row that fails now, and replaces one that failed before', async () => {
    const saving = await saveRun(on(2), [failed('step'), failed('new')], folder);
    expect(saving.saved).toEqual(['new']);
    expect(describeSaving(saving)).toContain('- step, of 2026-01-01: failed in this run.');
    await saveRun(on(3), [measured('new', 3, ['ours', 'pytorch'])], folder);
    expect(await kept()).toEqual([
      [3, 0.03, { new: [3] }],
      [1, 0.01, { step: [1, 1], epoch: [1, 1], trace: [1, 1] }],
    ]);
  });

  it('has several earlier runs, the last first, until their rows are measured again', async () => {
    await saveRun(on(2), [measured('epoch', 2)], folder);
    await saveRun(on(3), [measured('trace', 3)], folder);
    expect(await kept()).toEqual([
      [3, 0.03, { trace: [3, 3] }],
      [2, 0.02, { epoch: [2, 2] }],
      [1, 0.01, { step: [1, 1] }],
    ]);
    await saveRun(on(4), [measured('step', 4), measured('epoch', 4)], folder);
    expect(await kept()).toEqual([
      [4, 0.04, { step: [4, 4], epoch: [4, 4] }],
      [3, 0.03, { trace: [3, 3] }],
    ]);
  });

  it('adds a side, and takes a row without a side that was never measured or is no longer compared', async () => {
    await saveRun(on(2, XEON), [measured('step', 2, ['ours', 'tensorflow'])], folder);
    const step = async () => (await readSavedRuns(folder))[1]?.rows[0];
    await saveRun(on(3, XEON), [measured('step', 3, ['ours', 'tensorflow'])], folder);
    expect((await step())?.findings).toEqual({ 'tensorflow/ours': { value: 3, reached: '3 ×' } });
    await saveRun(on(4, XEON), [measured('step', 4)], folder);
    expect((await step())?.sides).toEqual(SIDES);
    const fewer = measured('step', 5, ['ours', 'tensorflow']);
    const sides = fewer.sides.filter(({ id }) => id !== 'pytorch');
    await saveRun(on(5, XEON), [{ ...fewer, sides }], folder);
    expect((await step())?.sides).toEqual(['ours', 'tensorflow']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(2);
    expect(await kept()).toEqual([[1, 0.01, { step: [1, 1], epoch: [1, 1], trace: [1, 1] }]]);
  });

  it('takes a row that does not say its sides to have all of them', async () => {
    const old = JSON.parse(readFileSync(file(), 'utf8'));
    for (const row of old.rows) delete row.sides;
    writeFileSync(file(), JSON.stringify(old));
    await saveRun(on(2), [measured('step', 2), measured('epoch', 2, ['ours'])], folder);
    expect(await kept()).toEqual([
      [2, 0.02, { step: [2, 2] }],
      [1, 0.01, { epoch: [1, 1], trace: [1, 1] }],
    ]);
  });
});

describe('merging runs', () => {
  it('accepts everything where nothing was saved, also a row without a side', () => {
    const rows = [measured('step', 1, ['ours']), failed('epoch')];
    expect(mergeRuns([], rows)).toEqual({ accepted: rows, kept: [], earlier: [] });
  });

  it('knows the sides of the committed runs, so that one without PyTorch cannot replace them', async () => {
    for (const { rows } of (await readSavedRuns()).flatMap(runsOf)) {
      for (const { name, sides, findings } of rows) {
        const compared = Object.keys(findings).filter((id) => id.includes('/'));
        expect(sides, name).toEqual(
          expect.arrayContaining(compared.flatMap((id) => id.split('/'))),
        );
      }
    }
  });
});
