import {
  barChart,
  COLOUR_BLIND_SAFE_PALETTE,
  type Figure,
  heatmap,
  InvalidArgumentError,
  lineChart,
  scatterPlot,
  waterfallChart,
} from 'selfsup';
import { describe, expect, it } from 'vitest';
import { complaintsAbout, drawn, drawnInTheDark, textsDrawn } from './drawn-figure';

const texts = { title: 'Loss while training', description: 'It falls below chance.' };
const axes = { xLabel: 'epoch', yLabel: 'loss (nats)' };

function rgb(colour: string): string {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16)).join();
}

/** The contrast of two colours, 1 to 21, by WCAG 2.1. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = rgb(colour)
      .split(',')
      .map((part) => Number(part) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const ratio = luminance(one) / luminance(other);
  return Math.max(ratio, 1 / ratio);
}

const PARTS = [
  { label: 'plain', value: 48, deviation: 0.4 },
  { label: '+ views', value: 53.25, deviation: 1 },
  { label: '+ head', value: 52 },
];

const charts: Record<string, () => Figure> = {
  'a line chart': () =>
    lineChart({ ...texts, ...axes, series: [{ name: 'SimCLR', y: [3, 2, 1] }] }),
  'a line chart with everything': () =>
    lineChart({
      ...texts,
      ...axes,
      xScale: 'log',
      yScale: 'log',
      xDomain: [1, 100],
      yDomain: [0.1, 10],
      series: [
        { name: 'a', x: [1, 10, 100], y: [1, 2, Number.NaN], deviation: [0.1, 5, 0.1] },
        { name: 'b', x: [1, 10], y: [5, 6] },
      ],
      referenceLines: [
        { value: 6, label: 'chance' },
        { value: 10, label: 'warm-up ends', axis: 'x' },
      ],
    }),
  'a waterfall chart': () =>
    waterfallChart({
      ...texts,
      categoryLabel: 'part added',
      valueLabel: 'accuracy (%)',
      stages: PARTS,
      referenceLines: [{ value: 50, label: 'random' }],
    }),
  'a horizontal bar chart': () =>
    barChart({
      ...texts,
      categoryLabel: 'encoder',
      valueLabel: 'accuracy (%)',
      bars: [
        { label: 'random', value: 46.1, deviation: 1 },
        { label: 'SimCLR', value: 59.5 },
      ],
      referenceLines: [{ value: 10, label: 'chance' }],
    }),
  'a vertical, grouped bar chart': () =>
    barChart({
      ...texts,
      categoryLabel: 'labels',
      valueLabel: 'accuracy (%)',
      orientation: 'vertical',
      valueDomain: [0, 100],
      bars: [
        { label: '1 %', value: 20, group: 'scratch' },
        { label: '1 %', value: 40, group: 'probe' },
      ],
    }),
  'a scatter plot': () =>
    scatterPlot({
      ...texts,
      ...axes,
      hideTicks: true,
      groups: [
        { name: 'cat', x: [1, 2], y: [3, 4], labels: ['one', 'two'] },
        { name: 'dog', x: [2], y: [1] },
      ],
    }),
  'a scatter plot with segments': () =>
    scatterPlot({
      ...texts,
      ...axes,
      groups: [{ name: 'before', x: [1, 2], y: [3, 4] }],
      segments: [{ from: [1, 3], to: [0.3, 0.9] }],
    }),
  'a heat map': () =>
    heatmap({
      ...texts,
      ...axes,
      valueLabel: 'cosine',
      values: [
        [1, -0.5],
        [0.2, 1],
      ],
      rowLabels: ['cat', 'cat'],
      columnLabels: ['a "quoted" name', 'dog'],
      diverging: true,
      domain: [-1, 1],
    }),
  'a large heat map': () =>
    heatmap({
      ...texts,
      ...axes,
      valueLabel: 'cosine',
      values: Array.from({ length: 40 }, (_, i) =>
        Float32Array.from({ length: 50 }, (_, j) => i - j),
      ),
    }),
};

describe.each(Object.entries(charts))('%s', (_, chart) => {
  it('is a specification Vega-Lite accepts without a warning', () => {
    expect(complaintsAbout(chart())).toEqual([]);
  });

  it('has a title, a text alternative and titled axes', () => {
    const figure = chart();
    expect(figure).toMatchObject(texts);
    expect(figure.spec).toMatchObject({
      title: texts.title,
      description: 'Loss while training. It falls below chance.',
    });
    const [first] = figure.spec.layer as { encoding: { x: object; y: object } }[];
    expect(first?.encoding).toMatchObject({
      x: { title: expect.stringMatching(/./) },
      y: { title: expect.stringMatching(/./) },
    });
  });

  it('is drawn as a PNG of two pixels per CSS pixel, with ink on it', async () => {
    const png = await drawn(chart());
    expect(png.width).toBeGreaterThan(100);
    expect(png.height).toBeGreaterThan(80);
    expect(Math.abs(png.pixelWidth - 2 * png.width)).toBeLessThanOrEqual(1);
    expect(png.colours.size).toBeGreaterThan(20);
    expect(png.pixel(0, 0)).toEqual([255, 255, 255]);
  });

  it('has light letters and lines where JupyterLab is dark, but for the numbers in cells', async () => {
    const svg = await drawnInTheDark(chart());
    expect(svg).toMatch(/^<svg[^>]*><rect width="\d+" height="\d+" fill="#333"/);
    const [first] = chart().spec.layer as { mark: { type: string } }[];
    const inCells = /<g class="mark-text role-mark.*?<\/g>/;
    const others = first?.mark.type === 'rect' ? svg.replace(inCells, '') : svg;
    const letters = [...others.matchAll(/<text[^>]* fill="([^"]+)"/g)].map(([, fill]) => fill);
    expect(letters.length).toBeGreaterThan(3);
    expect(letters.filter((fill) => fill !== '#fff' && fill !== 'white')).toEqual([]);
    expect(others.match(/(fill|stroke)="(black|#333333)"/g)).toBeNull();
  });
});

describe('COLOUR_BLIND_SAFE_PALETTE', () => {
  it.each(COLOUR_BLIND_SAFE_PALETTE)('%s shows on the dark theme’s background', (colour) => {
    expect(contrast(colour, '#333333')).toBeGreaterThan(2);
  });

  it.each(COLOUR_BLIND_SAFE_PALETTE)('%s shows on white, though yellow hardly', (colour) => {
    expect(contrast(colour, '#ffffff')).toBeGreaterThan(colour === '#F0E442' ? 1.25 : 2);
  });
});

it.each([
  ['Loss while training', 'Loss while training. It falls.'],
  ['How few labels will do?', 'How few labels will do? It falls.'],
])('a text alternative is sentences: %s', (title, said) => {
  const chart = lineChart({
    title,
    description: 'It falls.',
    ...axes,
    series: [{ name: 'SimCLR', y: [2, 1] }],
  });
  expect(chart.spec.description).toBe(said);
});

describe('lineChart', () => {
  it('draws every series in its colour of the palette, told apart by dashes too', async () => {
    const names = ['a', 'b', 'c'];
    const figure = lineChart({
      ...texts,
      ...axes,
      series: names.map((name, i) => ({ name, y: [i, i + 1] })),
    });
    const { colours } = await drawn(figure);
    for (const colour of COLOUR_BLIND_SAFE_PALETTE.slice(0, 3))
      expect(colours).toContain(rgb(colour));
    const [{ encoding }] = figure.spec.layer as [
      { encoding: { strokeDash: { scale: { range: unknown[] } } } },
    ];
    expect(new Set(encoding.strokeDash.scale.range.map(String)).size).toBe(3);
  });

  it('counts from 1 where no x is given, and leaves a gap for a number that is not finite', () => {
    const { spec } = lineChart({
      ...texts,
      ...axes,
      series: [{ name: 'a', y: [4, Number.NaN, 2] }],
    });
    expect(spec.data).toEqual({
      values: [
        { series: 'a', x: 1, y: 4 },
        { series: 'a', x: 2, y: null },
        { series: 'a', x: 3, y: 2 },
      ],
    });
  });

  it('draws mean ± one deviation', () => {
    const { spec } = lineChart({
      ...texts,
      ...axes,
      series: [{ name: 'a', y: [4], deviation: [1] }],
    });
    expect(spec.data).toEqual({ values: [{ series: 'a', x: 1, y: 4, lower: 3, upper: 5 }] });
  });

  it('draws the reference line where it belongs, and its label once', () => {
    const { spec } = lineChart({
      ...texts,
      ...axes,
      series: [{ name: 'a', y: [4, 5] }],
      referenceLines: [{ value: 6.2, label: 'chance' }],
    });
    const marks = (
      spec.layer as { mark: { text?: string }; data?: { values: object[] }; encoding: object }[]
    ).slice(1);
    expect(marks).toHaveLength(2);
    for (const mark of marks) {
      expect(mark).toMatchObject({ data: { values: [{}] }, encoding: { y: { datum: 6.2 } } });
    }
    expect(marks[1]?.mark.text).toBe('chance');
  });

  it.each([
    ['no series', [], /no series/],
    [
      'two series of one name',
      [
        { name: 'a', y: [1] },
        { name: 'a', y: [2] },
      ],
      /"a", "a".*name of its own/,
    ],
    ['too few x', [{ name: 'a', x: [1], y: [1, 2] }], /2 values of y but 1 of x/],
    ['too few deviations', [{ name: 'a', y: [1, 2], deviation: [1] }], /1 of deviation/],
  ])('refuses %s', (_, series, message) => {
    expect(() => lineChart({ ...texts, ...axes, series })).toThrow(message);
    expect(() => lineChart({ ...texts, ...axes, series })).toThrow(InvalidArgumentError);
  });

  it('ends a logarithmic axis where its data end, and not at the next power of ten', async () => {
    const series = [{ name: 'a', x: [90, 900, 11_000], y: [1, 2, 3] }];
    const { spec } = lineChart({ ...texts, ...axes, xScale: 'log', series });
    const { parse, View } = await import('vega');
    const { compile } = await import('vega-lite');
    const view = await new View(parse(compile(spec as never).spec)).runAsync();
    expect(view.scale('x').domain()).toEqual([90, 11_000]);
  });

  it('refuses a logarithm of zero, and says what to do', () => {
    expect(() =>
      lineChart({ ...texts, ...axes, yScale: 'log', series: [{ name: 'a', y: [1, 0] }] }),
    ).toThrow(/y axis is logarithmic and was given 0.*yScale to "linear"/);
  });

  it.each(['title', 'description'])('refuses an empty %s', (name) => {
    expect(() =>
      lineChart({ ...texts, ...axes, series: [{ name: 'a', y: [1] }], [name]: ' ' }),
    ).toThrow(`The figure's ${name} is empty`);
  });
});

describe('waterfallChart', () => {
  const options = { ...texts, categoryLabel: 'part added', valueLabel: 'accuracy (%)' };

  it('draws each change from the value before it, and writes value and difference', () => {
    const { spec } = waterfallChart({ ...options, stages: PARTS });
    const rows = (spec.data as { values: Record<string, unknown>[] }).values;
    expect(rows.map(({ before, value, text }) => [before, value, text])).toEqual([
      [null, 48, '48.0'],
      [48, 53.25, '53.3 (+5.3)'],
      [53.25, 52, '52.0 (−1.3)'],
    ]);
  });

  it('draws no deviation that is not finite, as that of a single seed', () => {
    const without = PARTS.map(({ label, value }) => ({ label, value }));
    const stages = without.map((one) => ({ ...one, deviation: Number.NaN }));
    expect(waterfallChart({ ...options, stages }).spec).toEqual(
      waterfallChart({ ...options, stages: without }).spec,
    );
  });

  it('has the colour of a fall where there is one alone', async () => {
    const fall = rgb('#D55E00');
    const rising = await drawn(waterfallChart({ ...options, stages: PARTS.slice(0, 2) }));
    expect([rising.colours.has(rgb('#009E73')), rising.colours.has(fall)]).toEqual([true, false]);
    const both = await drawn(waterfallChart({ ...options, stages: PARTS }));
    expect(both.colours.has(fall)).toBe(true);
  });

  it.each([
    [[PARTS[0]], /1 stages; expected at least two/],
    [[PARTS[0], PARTS[0]], /share their label/],
    [[PARTS[0], { label: 'x', value: Number.NaN }], /the value of "x" is NaN/],
    [[PARTS[0], { label: ' ', value: 1 }], /stage 2 has no label/],
  ])('refuses what cannot be drawn (%#)', (stages, message) => {
    expect(() => waterfallChart({ ...options, stages: stages as typeof PARTS })).toThrow(message);
  });

  it.each([-1, 1.5, 21, Number.NaN])('refuses %s decimals', (decimals) => {
    expect(() => waterfallChart({ ...options, stages: PARTS, decimals })).toThrow(
      /decimals is .+ expected a whole number from 0 to 20/,
    );
  });

  it('refuses a reference line that is nowhere', () => {
    const referenceLines = [{ value: Number.NaN, label: 'random' }];
    expect(() => waterfallChart({ ...options, stages: PARTS, referenceLines })).toThrow(
      /The reference line "random" is at NaN/,
    );
  });
});

describe('barChart', () => {
  const options = { ...texts, categoryLabel: 'encoder', valueLabel: 'accuracy (%)' };

  it('keeps the order of the bars', () => {
    const { spec } = barChart({
      ...options,
      bars: ['z', 'a', 'm'].map((label) => ({ label, value: 1 })),
    });
    const [{ encoding }] = spec.layer as [{ encoding: { y: { sort: string[] } } }];
    expect(encoding.y.sort).toEqual(['z', 'a', 'm']);
  });

  it('writes numbers rounded once, as a table does', async () => {
    // 60.550000000000004 in memory; stored with six digits it would be 60.55, a little below, and written 60.5.
    const values = [100 * 0.6055, 100 * 0.4345];
    const bars = values.map((value, i) => ({ label: `encoder ${i}`, value, deviation: 0.1 }));
    const written = values.map((value) => value.toFixed(1));
    expect(written[0]).toBe('60.6');
    expect(await textsDrawn(barChart({ ...options, bars }))).toEqual(
      expect.arrayContaining(written),
    );
    const cells = heatmap({
      ...texts,
      ...axes,
      valueLabel: 'accuracy (%)',
      values: [[...values, 0]],
    });
    expect(cells.spec.data).toMatchObject({ values: [{ value: values[0] }, {}, {}] });
  });

  it('refuses bars that would hide each other, and no bars', () => {
    const twice = [
      { label: 'a', value: 1 },
      { label: 'a', value: 2 },
    ];
    expect(() => barChart({ ...options, bars: twice })).toThrow(/share their label and group/);
    expect(() => barChart({ ...options, bars: [] })).toThrow(/no bars/);
  });
});

describe('scatterPlot', () => {
  it('draws a segment from end to end, and makes room for it', async () => {
    const groups = [{ name: 'a', x: [1, 2], y: [1, 2] }];
    const segments = [{ from: [1, 1] as const, to: [-7, 5] as const }];
    const figure = scatterPlot({ ...texts, ...axes, groups, segments, equalScale: true });
    const [, { encoding }] = figure.spec.layer as [
      unknown,
      Record<'encoding', Record<'x' | 'y', { scale: { domain: [number, number] } }>>,
    ];
    expect(encoding.x.scale.domain[0]).toBeLessThan(-7);
    expect(encoding.y.scale.domain[1]).toBeGreaterThan(5);
    const svg = await drawnInTheDark(figure);
    // It goes as far to the left as 8 units are, and as far up as 4.
    const rule =
      /class="mark-rule role-mark[^>]*>[\s\S]*?<line[^>]*x2="(-?[\d.]+)" y2="(-?[\d.]+)"/.exec(svg);
    expect(Math.abs(Number(rule?.[1])) / Math.abs(Number(rule?.[2]))).toBeCloseTo(2, 2);
  });

  it('keeps equal scales under a reference line', async () => {
    const groups = [{ name: 'a', x: [-7, 2], y: [1, 5] }];
    const options = { ...texts, ...axes, groups, equalScale: true, width: 420, height: 380 };
    const referenceLines = [{ value: 2, label: 'two' }];
    const ticks = (svg: string) =>
      svg.match(/role-axis-grid[\s\S]*?translate\([\d.]+,[\d.]+\)" x2="0"/)?.[0];
    const [plain, lined] = [scatterPlot(options), scatterPlot({ ...options, referenceLines })];
    expect(ticks(await drawnInTheDark(lined))).toBe(ticks(await drawnInTheDark(plain)));
    expect(ticks(await drawnInTheDark(plain))).toBeDefined();
  });

  it('refuses a segment that ends nowhere', () => {
    const groups = [{ name: 'a', x: [1], y: [1] }];
    const segments = [{ from: [1, 1] as const, to: [Number.NaN, 5] as const }];
    expect(() => scatterPlot({ ...texts, ...axes, groups, segments })).toThrow(
      /segment 0 goes from \(1, 1\) to \(NaN, 5\); expected finite numbers/,
    );
  });

  it('refuses a segment that ends where a logarithmic axis has no place', () => {
    const groups = [{ name: 'a', x: [1], y: [1] }];
    const segments = [{ from: [1, 1] as const, to: [0, 5] as const }];
    expect(() =>
      scatterPlot({ ...texts, ...axes, groups, segments, xScale: 'log' as const }),
    ).toThrow(/The x axis is logarithmic and was given 0/);
  });

  it('tells of segments where no description was written', () => {
    const groups = [{ name: 'a', x: [1], y: [1] }];
    const segments = [{ from: [1, 1] as const, to: [2, 5] as const }];
    const { description } = scatterPlot({ title: 'T', ...axes, groups, segments });
    expect(description).toMatch(/: a 1\. 1 thin line\.$/);
  });

  it('gives both axes the same units per pixel when asked to', () => {
    const groups = [{ name: 'a', x: [0, 10], y: [2, 3] }];
    const { spec } = scatterPlot({
      ...texts,
      ...axes,
      groups,
      width: 400,
      height: 200,
      equalScale: true,
    });
    const [{ encoding }] = spec.layer as [
      Record<'encoding', Record<'x' | 'y', { scale: { domain: [number, number] } }>>,
    ];
    const [x, y] = [encoding.x.scale.domain, encoding.y.scale.domain];
    expect((x[1] - x[0]) / 400).toBeCloseTo((y[1] - y[0]) / 200, 10);
    expect(x[0]).toBeLessThan(0);
    expect(x[1]).toBeGreaterThan(10);
    expect((y[0] + y[1]) / 2).toBeCloseTo(2.5, 10);
    const alone = scatterPlot({
      ...texts,
      ...axes,
      groups: [{ name: 'a', x: [4], y: [4] }],
      equalScale: true,
    });
    expect(JSON.stringify(alone.spec)).not.toContain('null,null');
    expect(() =>
      scatterPlot({ ...texts, ...axes, groups, equalScale: true, yScale: 'log' }),
    ).toThrow(/equalScale chooses the domains/);
  });

  it('gives ten groups ten colours, and tells them apart by shape too', () => {
    const groups = Array.from({ length: 10 }, (_, i) => ({ name: `class ${i}`, x: [i], y: [i] }));
    const { spec } = scatterPlot({ ...texts, ...axes, groups });
    const [{ encoding }] = spec.layer as [
      Record<'encoding', Record<'color' | 'shape', { scale: { range: string[] } }>>,
    ];
    expect(new Set(encoding.color.scale.range).size).toBe(10);
    expect(new Set(encoding.shape.scale.range).size).toBeGreaterThan(5);
  });

  it.each<[string, Partial<Parameters<typeof scatterPlot>[0]>, RegExp]>([
    [
      'points without a place',
      { groups: [{ name: 'a', x: [NaN, 1], y: [1, NaN] }] },
      /2 points, none/,
    ],
    ['an empty group', { groups: [{ name: 'a', x: [], y: [] }] }, /0 points, none/],
    ['points of no size', { pointSize: -1 }, /pointSize is -1; expected an area/],
  ])('refuses %s', (_, given, message) => {
    const options = { ...texts, ...axes, groups: [{ name: 'a', x: [1], y: [1] }], ...given };
    expect(() => scatterPlot(options)).toThrow(InvalidArgumentError);
    expect(() => scatterPlot(options)).toThrow(message);
  });

  it('refuses labels that do not fit', () => {
    expect(() =>
      scatterPlot({
        ...texts,
        ...axes,
        groups: [{ name: 'a', x: [1, 2], y: [1, 2], labels: ['one'] }],
      }),
    ).toThrow(/2 points but 1 labels/);
  });
});

describe('heatmap', () => {
  const options = { ...texts, ...axes, valueLabel: 'cosine' };

  it('draws the least value dark and the greatest light, first row at the top', async () => {
    const figure = heatmap({
      ...options,
      valueFormat: '',
      cellSize: 100,
      values: [
        [0, 1],
        [1, 0],
      ],
    });
    const { colours } = await drawn(figure);
    // The ends of viridis.
    expect(colours).toContain('68,1,84');
    expect(colours).toContain('253,231,37');
    expect((figure.spec.data as { values: object[] }).values[1]).toEqual({
      row: 0,
      column: 1,
      value: 1,
    });
  });

  it.each([
    ['rows of different lengths', { values: [[1], [1, 2]] }, /rows of 1, 2 values/],
    ['nothing', { values: [] }, /rows of no values/],
    [
      'too many cells',
      { values: Array.from({ length: 129 }, () => new Float32Array(128)) },
      /129 × 128 cells/,
    ],
    [
      'labels that do not fit',
      { values: [[1, 2]], columnLabels: ['a'] },
      /2 columns but 1 columnLabels/,
    ],
    ['a domain of no number', { values: [[1]], domain: [NaN, 1] }, /domain is \[NaN, 1\]/],
    ['a domain upside down', { values: [[1]], domain: [1, 0] }, /the smaller first/],
    ['cells of no size', { values: [[1]], cellSize: 0 }, /cellSize is 0; expected pixels/],
    ['names for pictures', { values: [[1]], rowImages: ['cat'] }, /rowImages hold "cat"/],
  ] as const)('refuses %s', (_, given, message) => {
    expect(() => heatmap({ ...options, ...(given as object), values: given.values })).toThrow(
      message,
    );
  });

  it('is refused when it is drawn where Vega would leave its numbers out', async () => {
    const figure = heatmap({ ...options, values: [[1, 2]], valueFormat: 'zzz%%' });
    await expect(figure.png()).rejects.toThrow(
      /could not be drawn \(.*zzz%%.*\)\. Check its formats/,
    );
  });
});
