import { InvalidArgumentError } from '../runtime/errors';
import { createChart } from './chart';
import type { Figure, FigureOptions } from './figure';
import { roundingOf } from './rounding';

/** More cells than this would make a notebook megabytes long and are too small to see. */
const MOST_CELLS = 128 * 128;

/** Options of {@link heatmap}. */
export interface HeatmapOptions extends FigureOptions {
  /** Row by row, all rows of one length: a similarity matrix, a confusion matrix. */
  readonly values: ArrayLike<ArrayLike<number>>;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What the colours stand for: `cosine similarity`. */
  readonly valueLabel: string;
  /** Names of the rows and columns; their numbers from 0 when left out. */
  readonly rowLabels?: readonly string[];
  readonly columnLabels?: readonly string[];
  /** Values of the first and last colour; the least and greatest value when left out. */
  readonly domain?: readonly [number, number];
  /** Colours part at zero, blue below and orange above. Default `false`: viridis. */
  readonly diverging?: boolean;
  /** d3 format of the number written in each cell; `''` writes none. Default `.2~f` up to 12 × 12 cells, else none. */
  readonly valueFormat?: string;
  /** Side of a cell in CSS pixels. Default: such that the larger side measures about 360. */
  readonly cellSize?: number;
}

function axisOf(
  field: 'row' | 'column',
  title: string,
  labels: readonly string[] | undefined,
  count: number,
): Record<string, unknown> {
  return {
    field,
    type: 'ordinal',
    title,
    axis: {
      // Names may repeat (two cats), so the cells are told apart by number and only written as names.
      ...(labels && { labelExpr: `${JSON.stringify(labels)}[datum.value]` }),
      labelOverlap: labels === undefined || count > 36,
      ticks: false,
      domain: false,
      ...(field === 'column' && { labelAngle: labels && count > 6 ? -45 : 0 }),
    },
  };
}

/** The decimals that tell a hundredth of the span apart, two or more. */
function decimalsOf(span: number): number {
  return span > 0 ? Math.min(20, Math.max(2, 1 - Math.floor(Math.log10(span) + 1e-9))) : 2;
}

/** Vega's colour schemes in plotly.js, which knows Viridis by name; blue and orange part at zero. */
function plotlyColours(diverging: boolean, low: number, high: number): Record<string, unknown> {
  if (!diverging) return { colorscale: 'Viridis', zmin: low, zmax: high };
  const scheme = [
    '#134b85',
    '#2f78b3',
    '#6babd0',
    '#b4d9ed',
    '#f2f2f2',
    '#fad8a9',
    '#f4a84c',
    '#d2691e',
    '#994a06',
  ];
  const colorscale = scheme.map((colour, index) => [index / (scheme.length - 1), colour]);
  return { colorscale, zmin: low, zmid: 0, zmax: high };
}

/**
 * A matrix as coloured cells, first row at the top.
 *
 * @throws InvalidArgumentError when rows differ in length, labels do not fit, or there are more than 16,384 cells.
 */
export function heatmap(options: HeatmapOptions): Figure {
  const {
    xLabel,
    yLabel,
    valueLabel,
    rowLabels,
    columnLabels,
    domain,
    diverging = false,
  } = options;
  const rows = Array.from(options.values, (row) => Array.from(row));
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    throw new InvalidArgumentError(
      `The heat map was given rows of ${rows.map((row) => row.length).join(', ') || 'no'} values; ` +
        'expected one or more rows of one length.',
    );
  }
  if (rows.length * columns > MOST_CELLS) {
    throw new InvalidArgumentError(
      `The heat map was given ${rows.length} × ${columns} cells; at most 128 × 128 can be told apart. Show a part of it.`,
    );
  }
  for (const [name, labels, count] of [
    ['row', rowLabels, rows.length],
    ['column', columnLabels, columns],
  ] as const) {
    if (labels !== undefined && labels.length !== count) {
      throw new InvalidArgumentError(
        `The heat map has ${count} ${name}s but ${labels.length} ${name}Labels; give one for each.`,
      );
    }
  }
  const finite = rows.flat().filter(Number.isFinite);
  const [low, high] = domain ?? [Math.min(...finite), Math.max(...finite)];
  const shortened = roundingOf(finite);
  const cells = rows.flatMap((row, index) =>
    row.map((value, column) => ({ row: index, column, value: shortened(value) })),
  );
  const position = {
    x: axisOf('column', xLabel, columnLabels, columns),
    y: axisOf('row', yLabel, rowLabels, rows.length),
  };
  const small = rows.length <= 12 && columns <= 12;
  const format = options.valueFormat ?? (small ? `.${decimalsOf(high - low)}~f` : '');
  const step =
    options.cellSize ?? Math.max(3, Math.min(40, Math.floor(360 / Math.max(rows.length, columns))));
  const named = (labels: readonly string[] | undefined, field: string) =>
    labels ? `${JSON.stringify(labels)}[datum.${field}]` : `datum.${field}`;
  const squares = {
    mark: { type: 'rect' },
    encoding: {
      ...position,
      color: {
        field: 'value',
        type: 'quantitative',
        title: valueLabel,
        scale: diverging
          ? { scheme: 'blueorange', domain: [low, high], domainMid: 0 }
          : { scheme: 'viridis', domain: [low, high] },
      },
      tooltip: [
        { field: 'rowName', type: 'nominal', title: yLabel },
        { field: 'columnName', type: 'nominal', title: xLabel },
        { field: 'value', type: 'quantitative', title: valueLabel },
      ],
    },
  };
  // The ends of blueorange and the lower half of viridis are dark: their numbers are written in white.
  const middle = (low + high) / 2;
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 0.6;
  const dark = diverging ? `abs(datum.value) > ${reach}` : `datum.value < ${middle}`;
  const numbers = {
    mark: { type: 'text', fontSize: Math.max(8, Math.min(11, Math.floor(step / 3.2))) },
    encoding: {
      ...position,
      text: { field: 'value', type: 'quantitative', format },
      color: { condition: { test: dark, value: 'white' }, value: 'black' },
    },
  };
  return createChart(
    options,
    {
      width: { step },
      height: { step },
      data: { values: cells },
      transform: [
        { calculate: named(rowLabels, 'row'), as: 'rowName' },
        { calculate: named(columnLabels, 'column'), as: 'columnName' },
      ],
      layer: format === '' ? [squares] : [squares, numbers],
    },
    {
      data: [{ type: 'heatmap', z: rows, ...plotlyColours(diverging, low, high) }],
      layout: {
        xaxis: {
          title: xLabel,
          ...(columnLabels && { tickvals: columnLabels.map((_, i) => i), ticktext: columnLabels }),
        },
        yaxis: {
          title: yLabel,
          autorange: 'reversed',
          automargin: true,
          ...(rowLabels && { tickvals: rowLabels.map((_, i) => i), ticktext: rowLabels }),
        },
      },
    },
  );
}
