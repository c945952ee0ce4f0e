import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeedSummary } from 'selfsup';
import { losslessJson } from 'selfsup/training/files';
import { studyRows } from 'selfsup-course';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudyResult } from '../../../studies/runner/result-file';
import { savedRows } from '../../../studies/runner/saved-results';
import { defineStudy, type Study } from '../../../studies/runner/study';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'study-rows-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('studyRows', () => {
  it('reads what a study saves, NaN and infinity too', async () => {
    const study = defineStudy({
      title: 'T',
      about: 'A.',
      revision: 1,
      recipes: { low: { rate: 1 }, high: { rate: 2 } },
      data: ['cifar10'],
      seeds: [1, 2],
      columns: [
        { name: 'probe', title: 'probe', unit: 'percent' },
        { name: 'loss', title: 'loss' },
      ],
      measure: () => ({ probe: 0, loss: 0 }),
    }) as unknown as Study;
    const values = { low: [0.5, 0.7], high: [Number.NaN, Number.POSITIVE_INFINITY] };
    const results = Object.entries(values).flatMap(([recipe, own]) =>
      own.map((value, index) => ({
        configuration: { recipe, data: 'cifar10', seed: index + 1 },
        measured: { probe: value, loss: 1 },
      })),
    ) as unknown as StudyResult[];
    await writeFile(join(dir, 's.json'), losslessJson(savedRows(study, results)));
    const [low, high, ...more] = await studyRows('s', { dir });
    expect(more).toEqual([]);
    expect(low).toEqual({
      recipe: 'low',
      parameters: { rate: 1 },
      data: 'cifar10',
      summaries: {
        probe: new SeedSummary([1, 2], [0.5, 0.7]),
        loss: new SeedSummary([1, 2], [1, 1]),
      },
    });
    expect(high?.summaries.probe?.values).toEqual(values.high);
  });

  it('reads every study that was saved', async () => {
    const saved = (await readdir('studies')).filter((file) => file.endsWith('.json'));
    expect(saved).toContain('simclr-parts.json');
    for (const file of saved) {
      const rows = await studyRows(file.replace('.json', ''));
      expect(rows.length).toBeGreaterThan(1);
    }
  });

  it('says what to do where there is none, or something else', async () => {
    const told =
      /The numbers of the study unknown .*unknown\.json.*git checkout -- studies.*npm run study -- unknown --save/;
    await expect(studyRows('unknown', { dir })).rejects.toThrow(told);
    await writeFile(join(dir, 'unknown.json'), '{"recipe":');
    await expect(studyRows('unknown', { dir })).rejects.toThrow(told);
    await writeFile(
      join(dir, 'unknown.json'),
      '[{"recipe":"r","data":"d","seeds":[1],"values":{"a":[1,2]}}]',
    );
    await expect(studyRows('unknown', { dir })).rejects.toThrow('2 values of 1 seeds');
  });
});
