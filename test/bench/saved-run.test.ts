import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../bench/machine';
import { resultsDocument } from '../../bench/results-document';
import type { RowResult } from '../../bench/row';
import { processorName, readSavedRuns, SavedRunError, saveRun } from '../../bench/saved-run';

const EPYC: Machine = {
  processor: 'AMD EPYC',
  cores: 2,
  memoryGiB: 24,
  system: 'Linux 6',
  instructions: ['avx2', 'avx512_bf16'],
  loadAverage: 0,
  busy: 0,
};
const XEON: Machine = {
  ...EPYC,
  processor: 'Intel(R) Xeon(R) Processor',
  instructions: ['avx2', 'amx_bf16'],
};

const figure = {
  title: 'Time',
  description: 'It grows.',
  png: async () => ({ bytes: new Uint8Array([137, 80]) }),
} as unknown as Figure;

const result = (value: number): RowResult => ({
  name: 'step',
  title: 'A step',
  table: { columns: ['side', 'ms'], rows: [['ours', '93.1']] },
  findings: { python: { value, reached: `${value.toFixed(2)} ×` } },
  notes: [],
  sides: [{ id: 'ours', label: 'ours', measured: true }],
  engines: ['Node 22'],
  charts: { 'growth-time.png': async () => figure },
});

const about = (machine: Machine) => ({
  machine,
  date: '2026-01-02',
  minutes: 9,
  engines: ['Node'],
});

describe('what is kept of each processor', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-results-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has a name of the model, the cores and the instructions, since virtual machines say little', () => {
    expect(processorName(EPYC)).toBe('amd-epyc-2-cores-avx2-avx512_bf16');
    expect(processorName(XEON)).toBe('intel-xeon-processor-2-cores-avx2-amx_bf16');
    expect(processorName({ ...XEON, instructions: ['avx2'] })).not.toBe(processorName(XEON));
    expect(processorName({ ...EPYC, processor: '../x' })).toMatch(/^x-2-cores/);
  });

  it('is nothing before the first run', async () => {
    expect(await readSavedRuns(join(folder, 'missing'))).toEqual([]);
  });

  it('stays when another processor is measured, and is replaced by a new run on the same', async () => {
    await saveRun(about(EPYC), [result(1.5)], folder);
    await saveRun(about(XEON), [result(1.05)], folder);
    await saveRun(about(XEON), [result(1.25)], folder);
    const runs = await readSavedRuns(folder);
    expect(runs.map(({ machine, rows }) => [machine.processor, rows[0]?.findings])).toEqual([
      ['AMD EPYC', { python: { value: 1.5, reached: '1.50 ×' } }],
      ['Intel(R) Xeon(R) Processor', { python: { value: 1.25, reached: '1.25 ×' } }],
    ]);
    expect(runs[0]?.rows[0]).not.toHaveProperty('engines');
    const row = {
      ...result(1),
      claims: [{ id: 'python', claim: '≥ 1.3 × Python', bound: { atLeast: 1.3 } }],
      measure: () => Promise.reject(new Error('is not measured')),
    };
    expect(resultsDocument(runs, [row]).replace(/ +/g, ' ')).toContain(
      '| A step | ≥ 1.3 × Python | 1.50 × ✓ | 1.25 × ✗ missed |',
    );
  });

  it('has charts of its own, with their text alternatives', async () => {
    await saveRun(about(EPYC), [result(1)], folder);
    await saveRun(about(XEON), [result(1)], folder);
    const charts = [EPYC, XEON].map((machine) => `${processorName(machine)}-growth-time.png`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.png'))).toEqual(charts);
    expect((await readSavedRuns(folder)).map(({ rows }) => rows[0]?.charts)).toEqual(
      charts.map((file) => ({ [file]: 'Time. It grows.' })),
    );
  });

  for (const [what, text] of [
    ['cut off', '{"machine": {"processor": "AMD EPYC"'],
    ['of something else', '{"rows": []}'],
    ['empty', ''],
    ['null', 'null'],
    ['a run with half a row', JSON.stringify({ ...about(EPYC), rows: [{ name: 'step' }] })],
    [
      'a run without findings',
      JSON.stringify({ ...about(EPYC), rows: [{ ...result(1), findings: null }] }),
    ],
    [
      'a run whose earlier ones are no list',
      JSON.stringify({ ...about(EPYC), rows: [], earlier: {} }),
    ],
    [
      'a run with half an earlier one',
      JSON.stringify({ ...about(EPYC), rows: [], earlier: [{ rows: [] }] }),
    ],
    [
      'a run with one row twice',
      JSON.stringify({
        ...about(EPYC),
        rows: [result(1)],
        earlier: [{ ...about(EPYC), rows: [result(2)] }],
      }),
    ],
    [
      'a run of half a machine',
      JSON.stringify({ ...about({ ...EPYC, memoryGiB: Number.NaN }), rows: [] }),
    ],
  ] as const) {
    it(`names a file that is ${what} and leaves it alone, and saves nothing beside it`, async () => {
      const file = join(folder, `${processorName(EPYC)}.json`);
      writeFileSync(file, text);
      for (const machine of [EPYC, XEON]) {
        const saved = saveRun(about(machine), [result(1)], folder);
        await expect(saved).rejects.toThrow(SavedRunError);
        await expect(saved).rejects.toThrow(`${file} is no result of npm run bench -- --save`);
      }
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(readdirSync(folder)).toHaveLength(1);
    });
  }

  it('names a run that lies under the name of another processor', async () => {
    await saveRun(about(EPYC), [result(1)], folder);
    const own = join(folder, `${processorName(EPYC)}.json`);
    writeFileSync(join(folder, 'copied.json'), readFileSync(own));
    await expect(readSavedRuns(folder)).rejects.toThrow(
      /copied\.json holds the run of a processor whose file is amd-epyc-2-cores/,
    );
    expect(existsSync(own)).toBe(true);
    const earlier = [{ ...about(XEON), rows: [] }];
    rmSync(join(folder, 'copied.json'));
    writeFileSync(own, JSON.stringify({ ...about(EPYC), rows: [], earlier }));
    await expect(readSavedRuns(folder)).rejects.toThrow(/holds the run of a processor whose file/);
  });
});
