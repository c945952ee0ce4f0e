import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../studies/runner/engine';
import { defineStudy, type Study } from '../../studies/runner/study';
import { runStudy } from '../../studies/runner/study-run';

const study = defineStudy<{ rate: number }>({
  title: 'Rates',
  about: 'A.',
  revision: 1,
  recipes: { low: { rate: 1 }, middle: { rate: 2 }, high: { rate: 3 } },
  data: ['cifar10'],
  seeds: [1, 2],
  columns: [{ name: 'probe', title: 'probe' }],
  measure: () => ({ probe: 0 }),
}) as unknown as Study;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'save-part-'));
  writeFileSync(join(folder, 'rates.ts'), '// the text of the study');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Measures at once: what the recipe's rate says, plus `more`. */
const engineOf = (more: number, measured: string[]): Engine => ({
  width: 1,
  async run(tasks, { onEnd }) {
    for (const task of tasks) {
      const { recipe, parameters, seed } = task.configuration;
      measured.push(`${recipe} ${seed}`);
      const result = {
        ...task,
        measured: { probe: Number(parameters.rate) + more },
        seconds: 1,
        finished: '2026-01-01T00:00:00.000Z',
        version: { package: '0.1.0', commit: 'c', modified: false, studyFile: 'f' },
        machine: { processor: 'p', cores: 2, memoryGiB: 1, system: 's', instructions: [] },
      };
      await onEnd(task, { kind: 'measured', result });
    }
  },
});

/** Runs a part of the study with `--save`, in an output folder of its own; returns what was measured. */
async function saved(
  only: string[],
  { more = 0, out = 'out', seeds = null as number[] | null } = {},
): Promise<string[]> {
  const measured: string[] = [];
  const status = await runStudy({
    name: 'rates',
    study,
    options: {
      name: 'rates',
      choice: { only, data: [], seeds, scale: 1 },
      jobs: 1,
      dask: null,
      clone: folder,
      python: 'python3',
      out: join(folder, out),
      again: false,
      fromSaved: false,
      save: true,
      studies: folder,
      help: false,
    },
    engine: engineOf(more, measured),
    command: 'the part',
    wholeCommand: 'the whole',
    rowCommand: 'a row',
    stream: new PassThrough() as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  expect(status).toBe(0);
  return measured;
}
const document = () => readFileSync(join(folder, 'RATES.md'), 'utf8');
const table = () =>
  document()
    .split('\n')
    .filter((line) => /^\| (low|middle|high)/.test(line))
    .map((line) => line.replace(/ +/g, ' '));

it('a part that is saved names what is not measured yet', async () => {
  expect(await saved(['high'])).toEqual(['high 1', 'high 2']);
  expect(table()).toEqual(['| high | 3.00 ± 0.00 | 1, 2 |']);
  expect(document()).toContain('**Not measured yet:** low (seeds 1, 2); middle (seeds 1, 2).');
  expect(document()).toContain('Made by `the whole`');
});

it('keeps what was saved from another folder or machine, and measures only what was asked for', async () => {
  await saved(['high'], { out: 'there' });
  expect(await saved(['low'], { more: 0.5, out: 'here' })).toEqual(['low 1', 'low 2']);
  expect(table()).toEqual(['| low | 1.50 ± 0.00 | 1, 2 |', '| high | 3.00 ± 0.00 | 1, 2 |']);
  expect(document()).toContain('**Not measured yet:** middle (seeds 1, 2).');
});

it('keeps the seeds that were saved before, and has more than the study asks for', async () => {
  await saved([], { seeds: [2, 3], out: 'there' });
  expect(document()).toContain('low (seed 1); middle (seed 1); high (seed 1).');
  expect(await saved([], { seeds: [1], out: 'here' })).toHaveLength(3);
  expect(table()).toHaveLength(3);
  expect(table()[0]).toBe('| low | 1.00 ± 0.00 | 1, 2, 3 |');
  expect(document()).not.toContain('Not measured yet');
});

it('does not put a part in the place of a file that it cannot read', async () => {
  writeFileSync(join(folder, 'rates.json'), '[{"recipe": "hi');
  await expect(saved(['high'])).rejects.toThrow(
    /--save: .*rates\.json .*delete the file .*what was measured is kept/,
  );
  expect(readFileSync(join(folder, 'rates.json'), 'utf8')).toBe('[{"recipe": "hi');
  rmSync(join(folder, 'rates.json'));
  expect(await saved(['high'])).toEqual([]);
  expect(table()).toEqual(['| high | 3.00 ± 0.00 | 1, 2 |']);
});

it('is whole when its last part is saved', async () => {
  for (const one of ['high', 'low', 'middle']) await saved([one], { out: one });
  expect(table()).toHaveLength(3);
  expect(document()).not.toContain('Not measured yet');
});

it('the whole grid is saved as it was measured, not mixed with what was saved before', async () => {
  await saved(['high'], { out: 'there' });
  expect(await saved([], { more: 0.5, out: 'here' })).toHaveLength(6);
  expect(table()).toContain('| high | 3.50 ± 0.00 | 1, 2 |');
  expect(document()).toContain('Made by `the part`');
});
