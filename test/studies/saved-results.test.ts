import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { losslessJson } from 'selfsup/training/files';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../bench/options';
import { tasksOf } from '../../studies/runner/grid';
import type { StudyResult } from '../../studies/runner/result-file';
import { readSavedResults, savedRows } from '../../studies/runner/saved-results';
import { defineStudy, type Study } from '../../studies/runner/study';

const studyOf = (rate: number) =>
  defineStudy({
    title: 'T',
    about: 'A.',
    revision: 1,
    recipes: { low: { rate }, high: { rate: 2 } },
    data: ['cifar10', 'emoji'],
    seeds: [1, 2],
    columns: [{ name: 'probe', title: 'probe' }],
    measure: () => ({ probe: 0 }),
  }) as unknown as Study;
const all = { only: [], data: [], seeds: null, scale: 1 };

/** Results as if measured, each with a number and a time of its own. */
function resultsOf(study: Study): StudyResult[] {
  return tasksOf('s', study, all).map(({ study: name, configuration, digest }, index) => ({
    study: name,
    digest,
    configuration,
    measured: { probe: index === 3 ? Number.NaN : index },
    seconds: 10 + index,
    finished: '2026-01-01T00:00:00.000Z',
    version: { package: '0.1.0', commit: `${index}`, modified: false, studyFile: 'f' },
    machine: { processor: `p${index}`, cores: 2, memoryGiB: 1, system: 's', instructions: [] },
  }));
}

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'saved-results-')), 's.json');
});
afterEach(() => rm(join(file, '..'), { recursive: true }));
const save = async (study: Study, results: readonly StudyResult[]) =>
  writeFile(file, losslessJson(savedRows(study, results)));

describe('readSavedResults', () => {
  it('gives back what was saved, each to its configuration', async () => {
    const study = studyOf(1);
    const results = resultsOf(study);
    // As they arrive, in another order than that of the table.
    await save(study, [...results].reverse());
    const tasks = tasksOf('s', study, all);
    const found = await readSavedResults(file, tasks);
    expect(tasks.map((task) => found.get(task))).toEqual(results);
  });

  it('has nothing for what was not saved, or has another recipe now', async () => {
    const [before, after] = [studyOf(1), studyOf(3)];
    const firstSeed = resultsOf(before).filter(({ configuration }) => configuration.seed === 1);
    await save(before, firstSeed);
    const found = await readSavedResults(file, tasksOf('s', after, all));
    const kept = [...found.keys()].map(({ configuration: { recipe, data, seed } }) => [
      recipe,
      data,
      seed,
    ]);
    expect(kept).toEqual([
      ['high', 'cifar10', 1],
      ['high', 'emoji', 1],
    ]);
  });

  it('goes on from no row that does not say how it was measured', async () => {
    const study = studyOf(1);
    const rows = savedRows(study, resultsOf(study)).map(({ runs: _, ...row }) => row);
    await writeFile(file, losslessJson(rows));
    expect((await readSavedResults(file, tasksOf('s', study, all))).size).toBe(0);
  });

  it('says which file could not be read', async () => {
    const told = /--from-saved: .*s\.json .*leave the option out/;
    await expect(readSavedResults(file, [])).rejects.toThrow(told);
    await writeFile(file, '[{');
    await expect(readSavedResults(file, [])).rejects.toThrow(OptionError);
    await writeFile(file, '{}');
    await expect(readSavedResults(file, [])).rejects.toThrow('it holds no rows');
  });
});
