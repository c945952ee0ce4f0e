import {
  barChart,
  heatmap,
  imageGrid,
  lineChart,
  scatterPlot,
  slider,
  tf,
  waterfallChart,
} from 'selfsup';
import { expect, it } from 'vitest';

const title = 'A figure';
const axes = { title, xLabel: 'step', yLabel: 'loss (nats)' };

it('says each value of a short line, with its deviation, and the lines it is compared with', () => {
  const { description } = lineChart({
    ...axes,
    series: [{ name: 'SimCLR', x: [1, 2000], y: [6.23456, 4], deviation: [0.1, 0.05] }],
    referenceLines: [{ value: 6.2364, label: 'chance' }],
  });
  expect(description).toBe(
    'Over step: loss (nats). SimCLR: 6.23 ± 0.10 at 1, 4.000 ± 0.050 at 2,000. Reference line: chance at 6.236.',
  );
});

it('says the ends and the range of a long line, gaps left out', () => {
  const y = Array.from({ length: 100 }, (_, index) => (index === 0 ? Number.NaN : -index));
  expect(lineChart({ ...axes, series: [{ name: 'a', y }] }).description).toBe(
    'Over step: loss (nats). a: from −1 at 2 to −99 at 100, lowest −99, highest −1.',
  );
});

it('says that a line has no numbers', () => {
  const y = new Array<number>(20).fill(Number.NaN);
  expect(lineChart({ ...axes, series: [{ name: 'a', y }] }).description).toContain(
    'a: no numbers.',
  );
});

it('says no more than five digits of a mean', () => {
  const bars = [{ label: 'a', value: 57.345_01, deviation: 0.0071 }];
  const chart = barChart({ title, bars, categoryLabel: 'x', valueLabel: 'y' });
  expect(chart.description).toBe('For each x: y. a: 57.345 ± 0.007.');
});

it('says a very small number as a power of ten', () => {
  const { description } = lineChart({ ...axes, series: [{ name: 'a', y: [0.000_000_002_44, 0] }] });
  expect(description).toContain('a: 2.4e−9 at 1, 0 at 2.');
});

it('says each bar, by group', () => {
  const bars = [
    { label: 'random', group: 'probe', value: 48.71 },
    { label: 'random', group: 'kNN', value: 37.5, deviation: 0.4 },
    { label: 'SimCLR', group: 'probe', value: 62.349 },
  ];
  const { description } = barChart({ title, bars, categoryLabel: 'encoder', valueLabel: '%' });
  expect(description).toBe(
    'For each encoder: %. probe – random: 48.71; SimCLR: 62.35. kNN – random: 37.50 ± 0.40.',
  );
});

it('says how many points there are, and where', () => {
  const groups = [{ name: 'cat', x: [0, 1.5], y: [2, 3] }];
  expect(scatterPlot({ ...axes, groups }).description).toBe(
    'Points by step (from 0 to 1.5) and loss (nats) (from 2 to 3): cat 2.',
  );
});

it('says the extremes of a matrix and where they are', () => {
  const { description } = heatmap({
    title,
    values: [
      [1, 0.5],
      [-0.25, 1],
    ],
    xLabel: 'second view',
    yLabel: 'first view',
    valueLabel: 'cosine',
    rowLabels: ['cat', 'dog'],
  });
  expect(description).toBe(
    'cosine, 2 rows (first view) by 2 columns (second view). Least −0.25 (row dog, column 0), greatest 1 (row cat, column 0).',
  );
});

it('says the stages of a waterfall', () => {
  const stages = [
    { label: 'plain', value: 48, deviation: 0.4 },
    { label: '+ views', value: 53.25 },
  ];
  expect(
    waterfallChart({ title, stages, categoryLabel: 'part', valueLabel: '%' }).description,
  ).toBe('For each part, one after the other: %. plain 48.00 ± 0.40, then + views 53.25.');
});

it('says the texts around a grid of images', async () => {
  const grid = await imageGrid(tf.zeros([3, 2, 2, 3]), {
    title,
    columns: 2,
    rowLabels: ['before', 'after'],
    captions: ['a', '', 'c'],
  });
  expect(grid.description).toBe('3 images in 2 rows of 2. Rows: before; after. Captions: a; c.');
});

it('says what a slider changes, and what is shown at first', async () => {
  const figures = [1, 2].map((value) =>
    barChart({ title, bars: [{ label: 'a', value }], categoryLabel: 'x', valueLabel: 'y' }),
  );
  const moved = await slider({ title, label: 'τ', values: [0.1, 0.5], figures, first: 1 });
  expect(moved.description).toBe('A slider changes τ: 0.1, 0.5. At 0.5: For each x: y. a: 2.');
});

it('lets a description be written instead, but not be empty', async () => {
  const bars = [{ label: 'a', value: 1 }];
  const chart = (description: string) =>
    barChart({ title, description, bars, categoryLabel: 'x', valueLabel: 'y' });
  expect(chart('One bar.').description).toBe('One bar.');
  expect(() => chart('')).toThrow(/description is empty/);
  await expect(imageGrid(tf.zeros([1, 2, 2, 3]), { title, description: ' ' })).rejects.toThrow(
    /description is empty/,
  );
});
