import { InvalidArgumentError } from '../runtime/errors';
import { createChart } from './chart';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
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

/**
 * The values as rows of one length.
 *
 * @throws InvalidArgumentError when rows differ in length, labels do not fit, or there are too many cells.
 */
function matrixOf({ values, rowLabels, columnLabels }: HeatmapOptions): number[][] {
  const rows = Array.from(values, (row) => Array.from(row));
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
  return rows;
}

/** The Vega expression of a row's or column's name; its number where there are no names. */
function nameOf(field: 'row' | 'column', labels: readonly string[] | undefined): string {
  return labels ? `${JSON.stringify(labels)}[datum.${field}]` : `datum.${field}`;
}

/** The channels that place a cell. */
type CellPosition = Readonly<Record<'x' | 'y', Record<string, unknown>>>;

function squareLayer(
  { xLabel, yLabel, valueLabel, diverging = false }: HeatmapOptions,
  position: CellPosition,
  domain: readonly [number, number],
): VegaLiteSpec {
  return {
    mark: { type: 'rect' },
    encoding: {
      ...position,
      color: {
        field: 'value',
        type: 'quantitative',
        title: valueLabel,
        scale: diverging
          ? { scheme: 'blueorange', domain, domainMid: 0 }
          : { scheme: 'viridis', domain },
      },
      tooltip: [
        { field: 'rowName', type: 'nominal', title: yLabel },
        { field: 'columnName', type: 'nominal', title: xLabel },
        { field: 'value', type: 'quantitative', title: valueLabel },
      ],
    },
  };
}

/** A Vega test that is true of cells whose colour is dark: the ends of blueorange, the lower half of viridis. */
function darkCells([low, high]: readonly [number, number], diverging: boolean): string {
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 0.6;
  return diverging ? `abs(datum.value) > ${reach}` : `datum.value < ${(low + high) / 2}`;
}

/** The value written in each cell, in white where the cell is dark. */
function numberLayer(
  position: CellPosition,
  { format, dark, step }: { format: string; dark: string; step: number },
): VegaLiteSpec {
  return {
    mark: { type: 'text', fontSize: Math.max(8, Math.min(11, Math.floor(step / 3.2))) },
    encoding: {
      ...position,
      text: { field: 'value', type: 'quantitative', format },
      color: { condition: { test: dark, value: 'white' }, value: 'black' },
    },
  };
}

/**
 * A matrix as coloured cells, first row at the top.
 *
 * @throws InvalidArgumentError when rows differ in length, labels do not fit, or there are more than 16,384 cells.
 */
export function heatmap(options: HeatmapOptions): Figure {
  const { xLabel, yLabel, rowLabels, columnLabels, diverging = false } = options;
  const rows = matrixOf(options);
  const columns = rows[0]?.length ?? 0;
  const finite = rows.flat().filter(Number.isFinite);
  const domain = options.domain ?? ([Math.min(...finite), Math.max(...finite)] as const);
  const shortened = roundingOf(finite);
  const position = {
    x: axisOf('column', xLabel, columnLabels, columns),
    y: axisOf('row', yLabel, rowLabels, rows.length),
  };
  const larger = Math.max(rows.length, columns);
  const step = options.cellSize ?? Math.max(3, Math.min(40, Math.floor(360 / larger)));
  const decimals = decimalsOf(domain[1] - domain[0]);
  const format = options.valueFormat ?? (larger <= 12 ? `.${decimals}~f` : '');
  const squares = squareLayer(options, position, domain);
  const dark = darkCells(domain, diverging);
  return createChart(options, {
    width: { step },
    height: { step },
    data: {
      values: rows.flatMap((row, index) =>
        row.map((value, column) => ({ row: index, column, value: shortened(value) })),
      ),
    },
    transform: [
      { calculate: nameOf('row', rowLabels), as: 'rowName' },
      { calculate: nameOf('column', columnLabels), as: 'columnName' },
    ],
    layer: format === '' ? [squares] : [squares, numberLayer(position, { format, dark, step })],
  });
}
