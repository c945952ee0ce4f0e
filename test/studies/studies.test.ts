import { SeedSummary } from 'selfsup';
import { describe, expect, it } from 'vitest';
import accuracyMinutes from '../../studies/accuracy-minutes';
import labelFractions from '../../studies/label-fractions';
import maskedImages from '../../studies/masked-images';
import { tasksOf } from '../../studies/runner/grid';
import { rowsOf, studyChart, studyTable } from '../../studies/runner/report';
import type { StudyResult } from '../../studies/runner/result-file';
import type { Recipe, Study } from '../../studies/runner/study';
import simClrAccuracy from '../../studies/simclr-accuracy';
import simClrParts from '../../studies/simclr-parts';
import withoutNegatives from '../../studies/without-negatives';

const all = { only: [], data: [], seeds: null, scale: 1 };

/** Results as if measured: each number is its seed divided by ten. */
function resultsOf(name: string, study: Study): StudyResult[] {
  return tasksOf(name, study, all).map(({ configuration, digest }) => ({
    study: name,
    digest,
    configuration,
    measured: Object.fromEntries(
      study.columns.map((column) => [column.name, configuration.seed / 10]),
    ),
    seconds: 1,
    finished: '2026-01-01T00:00:00.000Z',
    version: { package: '0.1.0', commit: 'unknown', modified: false, studyFile: '' },
    machine: { processor: 'p', cores: 2, memoryGiB: 1, system: 's', instructions: [] },
  }));
}

describe.each([
  ['accuracy-minutes', accuracyMinutes as unknown as Study],
  ['label-fractions', labelFractions as unknown as Study],
  ['masked-images', maskedImages as unknown as Study],
  ['simclr-accuracy', simClrAccuracy as unknown as Study],
  ['simclr-parts', simClrParts as unknown as Study],
  ['without-negatives', withoutNegatives as unknown as Study],
])('%s', (name, study) => {
  it('has a table and a chart of its whole grid', async () => {
    const rows = rowsOf(study, resultsOf(name, study));
    expect(rows.map(({ recipe }) => recipe)).toEqual(Object.keys(study.recipes));
    const expected = new SeedSummary([1, 2, 3], [0.1, 0.2, 0.3]);
    expect(rows[0]?.summaries[study.columns[0]?.name as string]).toEqual(expected);
    expect(studyTable(study, rows)).toContain(expected.percent());
    const figure = studyChart(study, rows);
    expect((await figure.png()).bytes.length).toBeGreaterThan(1000);
    expect(figure.description).toContain('20.0');
  });

  it('has a chart of a single row, whichever, of a single seed', async () => {
    for (const row of rowsOf(
      study,
      resultsOf(name, study).filter(({ configuration }) => configuration.seed === 1),
    )) {
      expect((await studyChart(study, [row]).png()).bytes.length).toBeGreaterThan(1000);
    }
  });
});

describe('accuracy-minutes', () => {
  it('has training with labels in the same minutes beside every self-supervised row, and the random network', () => {
    const recipes = Object.values(accuracyMinutes.recipes);
    const isThere = (minutes: number, encoder: string, loss: string) =>
      recipes.some(
        (one) => one.minutes === minutes && one.encoder === encoder && one.loss === loss,
      );
    for (const { minutes, encoder, loss } of recipes) {
      expect(isThere(0, encoder, 'none')).toBe(true);
      if (loss !== 'none') expect(isThere(minutes, encoder, 'labels')).toBe(true);
    }
    expect([...new Set(recipes.map(({ minutes }) => minutes))].sort((a, b) => a - b)).toEqual([
      0, 2, 10, 60,
    ]);
  });
});

describe('without-negatives', () => {
  it('gives every method the same time, images and gallery, beside the random network', () => {
    const recipes = Object.values(withoutNegatives.recipes);
    expect(recipes.map(({ method }) => method)).toEqual([
      'none',
      'SimCLR',
      'DCL',
      'MoCo',
      'SimSiam',
      'BYOL',
      'VICReg',
      'Barlow Twins',
    ]);
    for (const name of ['seconds', 'viewSize', 'batchSize', 'gallery', 'precision', 'hiddenDim']) {
      expect(new Set(recipes.map((recipe) => recipe[name])).size).toBe(1);
    }
  });
});

describe('simclr-parts', () => {
  /** The names of what differs. */
  const changed = (from: Recipe | undefined, to: Recipe) =>
    Object.keys(to).filter((name) => from?.[name] !== to[name]);
  const recipes = Object.entries(simClrParts.recipes);
  const trained = recipes.filter(([, { seconds }]) => seconds > 0);

  it('adds one part at a time, from the tutorial’s recipe to SimCLR', () => {
    const steps = trained.slice(0, 7).map(([, recipe]) => recipe);
    expect(steps.slice(1).map((recipe, i) => changed(steps[i], recipe))).toEqual([
      ['views'],
      ['head'],
      ['temperature'],
      ['batchNorm'],
      ['schedule'],
      ['viewSize'],
    ]);
  });

  it('varies nothing but the temperature of SimCLR', () => {
    const simClr = simClrParts.recipes['+ views of 20 pixels = SimCLR'];
    const others = trained.slice(7).map(([, recipe]) => recipe);
    expect(others.map((recipe) => changed(simClr, recipe))).toEqual(
      others.map(() => ['temperature']),
    );
    expect(others.map(({ temperature }) => temperature)).toEqual([0.05, 0.2, 0.5, 1]);
  });

  it('gives every training the same time, and each architecture its random control', () => {
    expect(new Set(trained.map(([, { seconds }]) => seconds)).size).toBe(1);
    const controls = recipes.filter(([, { seconds }]) => seconds === 0);
    expect(new Set(controls.map(([, { batchNorm }]) => batchNorm))).toEqual(
      new Set(trained.map(([, { batchNorm }]) => batchNorm)),
    );
  });
});
