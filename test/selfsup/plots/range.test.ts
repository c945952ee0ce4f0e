import { barChart, heatmap, imageGrid, lineChart, scatterPlot, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

const texts = { title: 'Title', description: 'What it shows.' };
const axes = { ...texts, xLabel: 'x', yLabel: 'y' };
type Row = { x: number; y: number; value: number; lower: number; upper: number };
const rowsOf = (figure: { spec: object }): Row[] =>
  (figure.spec as { data: { values: Row[] } }).data.values;

describe('numbers are rounded to the range of their axis', () => {
  const x = [1234567, 1234568, 1234569];
  const y = [1000000.1, 1000000.2, 1000000.3];

  it.each([
    ['line chart', lineChart({ ...axes, series: [{ name: 'a', x, y }] })],
    ['scatter plot', scatterPlot({ ...axes, groups: [{ name: 'a', x, y }] })],
  ])('in a %s: whole numbers exactly, fractions as far as they differ', (_what, figure) => {
    expect(rowsOf(figure).map((row) => row.x)).toEqual(x);
    expect(rowsOf(figure).map((row) => row.y)).toEqual(y);
  });

  it('in bars, their numbers and their ends', () => {
    const bars = y.map((value, index) => ({ label: String(index), value, deviation: 0.01 }));
    const figure = barChart({ ...texts, categoryLabel: 'c', valueLabel: 'v', bars });
    expect(rowsOf(figure).map(({ value }) => value)).toEqual(y);
    expect(rowsOf(figure).map(({ lower }) => lower)).toEqual([1000000.09, 1000000.19, 1000000.29]);
    expect(JSON.stringify(figure.spec)).toContain('"format":",.1f"');
  });

  it('in the cells of a heat map, and the numbers written in them', () => {
    const figure = heatmap({ ...axes, valueLabel: 'v', values: [y.slice(0, 2), y.slice(1)] });
    expect(
      rowsOf(figure)
        .map(({ value }) => value)
        .slice(2),
    ).toEqual(y.slice(1));
    const small = heatmap({ ...axes, valueLabel: 'v', values: [[0.0011, 0.0012]] });
    expect(JSON.stringify(small.spec)).toContain('"format":".5~f"');
  });

  it('and shortened to six digits where more would not be seen', () => {
    const figure = lineChart({ ...axes, series: [{ name: 'a', y: [10 / 3, -2 / 3, NaN] }] });
    expect(rowsOf(figure).map((row) => row.y)).toEqual([3.33333, -0.666667, null]);
  });
});

it('a logarithmic axis takes more points than a call has room for arguments', () => {
  const y = Array.from({ length: 200_000 }, (_, i) => 1 + (i % 7));
  const figure = lineChart({ ...axes, yScale: 'log', series: [{ name: 'a', y, deviation: y }] });
  // The band reaches 0 at each point, and ends at the lowest value drawn.
  expect(new Set(rowsOf(figure).map(({ lower }) => lower))).toEqual(new Set([1]));
});

describe('imageGrid', () => {
  it.each([128, -2])('refuses float pictures of another scale: %s', async (value) => {
    const images = tf.fill([1, 4, 4, 3], value) as tf.Tensor4D;
    await expect(imageGrid(images, texts)).rejects.toThrow(/expected pictures in \[0, 1\]/);
    images.dispose();
  });

  it('refuses pictures scaled to [-1, 1], of which half would be black', async () => {
    const images = tf.linspace(-1, 1, 48).reshape<tf.Tensor4D>([1, 4, 4, 3]);
    await expect(imageGrid(images, texts)).rejects.toThrow(/in \[-1, 1\] back by \(x \+ 1\) \/ 2/);
    images.dispose();
  });

  it('draws pictures that noise has taken a little outside of [0, 1]', async () => {
    const images = tf.tensor4d([-0.2, 0.5, 1.3], [1, 1, 1, 3]);
    expect((await imageGrid(images, texts)).title).toBe('Title');
    images.dispose();
  });
});
