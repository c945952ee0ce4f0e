import {
  barChart,
  lineChart,
  type RecordLineChartOptions,
  SeedSummary,
  seriesFromRecords,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const history = [
  { step: 1, alignment: 0.5, uniformity: -1 },
  { step: 2, alignment: 0.25, uniformity: -2 },
];
const runs = [
  { run: 'sound', step: 1, loss: 6.5 },
  { run: 'collapsed', step: 1, loss: 6 },
  { run: 'sound', step: 2, loss: 4 },
];
const judged = [
  { method: 'random', 'probe (%)': 48.7, 'kNN (%)': new SeedSummary([1, 2], [37, 38]) },
  { method: 'SimCLR', 'probe (%)': 62.3, 'kNN (%)': new SeedSummary([1], [60]) },
];

/** What a chart draws, without what it looks like. */
const rowsOf = ({ spec }: { spec: Readonly<Record<string, unknown>> }) =>
  (spec.data as { values: Record<string, unknown>[] }).values;
const axisTitles = ({ spec }: { spec: Readonly<Record<string, unknown>> }) => {
  const [{ encoding }] = spec.layer as [{ encoding: Record<'x' | 'y', { title: string }> }];
  return [encoding.x.title, encoding.y.title];
};

describe('lines of records', () => {
  it('are titled by their fields', () => {
    const chart = lineChart(history, { title: 'Run', x: 'step', y: 'alignment' });
    expect(rowsOf(chart)).toEqual([
      { series: 'alignment', x: 1, y: 0.5 },
      { series: 'alignment', x: 2, y: 0.25 },
    ]);
    expect(axisTitles(chart)).toEqual(['step', 'alignment']);
  });

  it('are the same as those of series', () => {
    const axes = { title: 'Run', xLabel: 'steps done', yLabel: 'value', description: 'Both fall.' };
    const fields = ['alignment', 'uniformity'] as const;
    const series = fields.map((name) => ({
      name,
      x: [1, 2],
      y: history.map((row) => row[name]),
    }));
    expect(lineChart(history, { ...axes, x: 'step', y: fields }).spec).toEqual(
      lineChart({ ...axes, series }).spec,
    );
  });

  it('are parted by a field, and several fields by both', () => {
    const namesOf = (options: RecordLineChartOptions<(typeof runs)[number]>) => [
      ...new Set(rowsOf(lineChart(runs, options)).map(({ series }) => series)),
    ];
    const shared = { title: 'Runs', x: 'step', by: 'run' } as const;
    expect(namesOf({ ...shared, y: 'loss' })).toEqual(['sound', 'collapsed']);
    expect(namesOf({ ...shared, y: ['loss', 'step'] })).toEqual([
      'sound, loss',
      'collapsed, loss',
      'sound, step',
      'collapsed, step',
    ]);
  });

  it('have the deviations of means, where each point has one', () => {
    const summary = (...values: number[]) =>
      new SeedSummary(
        values.map((_, i) => i),
        values,
      );
    const points = (second: SeedSummary) => [
      { share: 1, accuracy: summary(1, 3) },
      { share: 2, accuracy: second },
    ];
    const fields = { x: 'share', y: 'accuracy' } as const;
    expect(seriesFromRecords(points(summary(4, 8)), fields)).toEqual([
      { name: 'accuracy', x: [1, 2], y: [2, 6], deviation: [Math.SQRT2, 2 * Math.SQRT2] },
    ]);
    expect(seriesFromRecords(points(summary(4)), fields)).toEqual([
      { name: 'accuracy', x: [1, 2], y: [2, 4] },
    ]);
  });
});

describe('bars of records', () => {
  it('stand in groups where several fields are drawn, in the unit that they share', () => {
    const chart = barChart(judged, {
      title: 'Judged',
      label: 'method',
      value: ['probe (%)', 'kNN (%)'],
    });
    const deviation = Math.SQRT1_2;
    expect(rowsOf(chart)).toEqual([
      { label: 'random', group: 'probe', value: 48.7, end: 48.7 },
      { label: 'SimCLR', group: 'probe', value: 62.3, end: 62.3 },
      expect.objectContaining({ label: 'random', group: 'kNN', value: 37.5 }),
      { label: 'SimCLR', group: 'kNN', value: 60, end: 60 },
    ]);
    expect(rowsOf(chart)[2]?.upper).toBeCloseTo(37.5 + deviation, 4);
    expect(axisTitles(chart)).toEqual(['%', 'method']);
  });

  it('stand in groups by a field', () => {
    const chart = barChart(runs, { title: 'Losses', label: 'step', value: 'loss', group: 'run' });
    expect(rowsOf(chart).map(({ label, group, value }) => [label, group, value])).toEqual([
      ['1', 'sound', 6.5],
      ['1', 'collapsed', 6],
      ['2', 'sound', 4],
    ]);
    expect(axisTitles(chart)).toEqual(['loss', 'step']);
  });
});
