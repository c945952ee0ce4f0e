import {
  barChart,
  heatmap,
  InvalidArgumentError,
  imageGrid,
  lineChart,
  scatterPlot,
  slider,
  tf,
} from 'selfsup';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { complaintsAbout, drawn } from './drawn-figure';

const texts = { title: 'Accuracy', description: 'Higher with more labels.' };
const bars = (value: number, options = {}) =>
  barChart({
    ...texts,
    categoryLabel: 'encoder',
    valueLabel: 'accuracy (%)',
    bars: [
      { label: 'random', value: 10, deviation: 1 },
      { label: 'SimCLR', value, deviation: 2 },
    ],
    referenceLines: [{ value: 5, label: 'chance' }],
    valueFormat: '.0f',
    ...options,
  });
const given = { ...texts, label: 'share of labels' };

/** The figure as a page draws it, without a browser: what moving the slider to a value shows. */
async function pageOf(figure: Awaited<ReturnType<typeof slider>>) {
  const spec = JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  await view.runAsync();
  return {
    view,
    async at(value: number) {
      await view.signal('sliderPosition', value).runAsync();
      return view.toSVG();
    },
  };
}

describe('slider', () => {
  it('shows the figure of each position, its value in words, and axes that fit all of them', async () => {
    const figure = await slider({
      ...given,
      values: ['few', 'half', 'all'],
      figures: [bars(20), bars(40), bars(88)],
    });
    expect(complaintsAbout(figure)).toEqual([]);
    const page = await pageOf(figure);
    for (const [position, [name, value]] of [
      ['few', 20],
      ['half', 40],
      ['all', 88],
    ].entries()) {
      const svg = await page.at(position);
      expect(svg).toContain(`share of labels: ${name}`);
      expect(svg).toContain(`"accuracy (%): ${value}; encoder: SimCLR; group: "`);
      expect(svg.match(/encoder: SimCLR; group/g)).toHaveLength(1);
      expect(svg).toContain('chance');
      // 0 to 90, the end of the longest error bar.
      expect(page.view.scale('x').domain()).toEqual([0, 90]);
    }
  });

  it('takes numbers in equal steps as its own values, also where steps add up inexactly', async () => {
    const values = [0.1, 0.2, 0.3, 0.4];
    const figure = await slider({
      ...given,
      values,
      figures: [10, 20, 30, 40].map((v) => bars(v)),
    });
    const [param] = figure.spec.params as { value: number; bind: Record<string, unknown> }[];
    expect(param).toMatchObject({ value: 0.1, bind: { min: 0.1, max: 0.4, step: 0.1 } });
    const svg = await (await pageOf(figure)).at(0.1 + 0.1 + 0.1);
    expect(svg).toContain('share of labels: 0.3');
    expect(svg).toContain('accuracy (%): 30; encoder: SimCLR');
  });

  it('begins where it is told to, in the page and in the PNG', async () => {
    const figures = [bars(20), bars(40)];
    const figure = await slider({ ...given, values: [1, 10], figures, first: 1 });
    expect((figure.spec.params as { value: number }[])[0]?.value).toBe(10);
    expect((await figure.png()).bytes).toEqual((await figures[1]?.png())?.bytes);
  });

  it('holds lines, points, matrices and pictures', async () => {
    const line = (y: number[]) =>
      lineChart({ ...texts, xLabel: 'step', yLabel: 'loss', series: [{ name: 'a', y }] });
    const points = (x: number[]) =>
      scatterPlot({
        ...texts,
        xLabel: 'x',
        yLabel: 'y',
        groups: [{ name: 'a', x, y: [1.5, 2.5] }],
      });
    const matrix = (value: number) =>
      heatmap({
        ...texts,
        values: [[1, value]],
        xLabel: 'k',
        yLabel: 'i',
        valueLabel: 'cosine',
        domain: [0, 1],
      });
    const picture = (value: number) =>
      imageGrid(tf.fill([1, 4, 4, 3], value) as tf.Tensor4D, { ...texts, scale: 4 });
    for (const figures of [
      [line([1.5, 2]), line([3.5, 9])],
      [points([0.5, 1]), points([3.5, 7])],
      [matrix(0.5), matrix(0.25)],
      [picture(0.2), picture(0.8)],
    ]) {
      const figure = await slider({ ...given, values: [1, 2], figures });
      expect(complaintsAbout(figure)).toEqual([]);
      const page = await pageOf(figure);
      expect(await page.at(1)).not.toBe(await page.at(2));
      expect((await drawn(figure)).colours.size).toBeGreaterThan(1);
    }
  });

  it('refuses figures that are not of one kind, saying which and what to do', async () => {
    const refused = (options: Partial<Parameters<typeof slider>[0]>) =>
      slider({ ...given, values: [1, 2], figures: [bars(1), bars(2)], ...options });
    await expect(refused({ figures: [bars(1)], values: [1] })).rejects.toThrow(
      /two or more figures/,
    );
    await expect(refused({ values: [1, 2, 3] })).rejects.toThrow(InvalidArgumentError);
    await expect(refused({ first: 2 })).rejects.toThrow(/from 0 to 1/);
    const wider = bars(2, { width: 500 });
    await expect(refused({ figures: [bars(1), wider] })).rejects.toThrow(/figure at 2 .*\(width\)/);
    await expect(refused({ label: ' ' })).rejects.toThrow(/label is empty/);
    await expect(refused({ values: [NaN, 1] })).rejects.toThrow(
      /values are NaN, 1; expected finite/,
    );
    await expect(refused({ values: [1, 1] })).rejects.toThrow(/each once/);
    const inner = await slider({ ...given, values: [1, 2], figures: [bars(1), bars(2)] });
    await expect(refused({ figures: [inner, inner] })).rejects.toThrow(
      /position 0 is itself a slider/,
    );
    await expect(refused({ figures: [bars(1), undefined as never] })).rejects.toThrow(
      /position 1 is undefined/,
    );
  });
});
