import { InvalidArgumentError } from '../runtime/errors';
import { plural } from '../runtime/plural';
import { createChart } from './chart';
import { spoken, textsOf } from './descriptions';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
import { exact, roundingOf } from './rounding';

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
  /** A picture at each row and column in place of its name, as the addresses that `thumbnails` gives. */
  readonly rowImages?: readonly string[];
  readonly columnImages?: readonly string[];
  /** Cells with a frame around them, as row and column: those that the text speaks of. */
  readonly framed?: readonly (readonly [row: number, column: number])[];
}

/** Pixels between a picture and its cells. */
const IMAGE_GAP = 3;

function axisOf(
  field: 'row' | 'column',
  title: string,
  {
    labels,
    count,
    imageSide,
  }: { labels: readonly string[] | undefined; count: number; imageSide: number },
): Record<string, unknown> {
  if (imageSide > 0) {
    const titlePadding = imageSide + 2 * IMAGE_GAP;
    const axis = { labels: false, ticks: false, domain: false, titlePadding };
    return { field, type: 'ordinal', title, axis };
  }
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
function matrixOf(options: HeatmapOptions): number[][] {
  const { values, rowLabels, columnLabels, rowImages, columnImages, framed = [] } = options;
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
  for (const [name, given, what, count] of [
    ['row', rowLabels, 'Labels', rows.length],
    ['column', columnLabels, 'Labels', columns],
    ['row', rowImages, 'Images', rows.length],
    ['column', columnImages, 'Images', columns],
  ] as const) {
    if (given !== undefined && given.length !== count) {
      throw new InvalidArgumentError(
        `The heat map has ${count} ${name}s but ${given.length} ${name}${what}; give one for each.`,
      );
    }
  }
  const outside = framed.find(([row, column]) => values[row]?.[column] === undefined);
  if (outside !== undefined) {
    throw new InvalidArgumentError(
      `The heat map was to frame the cell at row ${outside[0]}, column ${outside[1]}; it has ${rows.length} × ${columns} ` +
        'cells, counted from 0.',
    );
  }
  return rows;
}

/**
 * Checks what Vega would stumble over, or draw as nothing.
 *
 * @throws InvalidArgumentError
 */
function assertDrawable({ domain, cellSize, ...options }: HeatmapOptions): void {
  if (
    domain !== undefined &&
    !(Number.isFinite(domain[0]) && domain[0] < domain[1] && Number.isFinite(domain[1]))
  ) {
    throw new InvalidArgumentError(
      `The heat map's domain is [${domain.join(', ')}]; expected two numbers, the smaller first.`,
    );
  }
  if (cellSize !== undefined && !(Number.isFinite(cellSize) && cellSize >= 1)) {
    throw new InvalidArgumentError(
      `The heat map's cellSize is ${cellSize}; expected pixels, 1 or more.`,
    );
  }
  for (const [name, images = []] of [
    ['rowImages', options.rowImages],
    ['columnImages', options.columnImages],
  ] as const) {
    const odd = images.find((address) => !/^(data:image|https?:|\.{0,2}\/)/.test(address));
    if (odd === undefined) continue;
    throw new InvalidArgumentError(
      `The heat map's ${name} hold "${odd.slice(0, 40)}"; expected addresses of pictures, such as thumbnails() gives.`,
    );
  }
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

/** Frames around some cells, within their borders. */
function frameLayer(
  framed: readonly (readonly [number, number])[],
  position: CellPosition,
): VegaLiteSpec {
  return {
    data: { values: framed.map(([row, column]) => ({ row, column })) },
    mark: { type: 'rect', filled: false, stroke: 'black', strokeWidth: 2 },
    encoding: position,
  };
}

/** A picture at each row or column, before the first cell. */
function imageLayer(
  field: 'row' | 'column',
  images: readonly string[],
  position: CellPosition,
  side: number,
): VegaLiteSpec {
  const [along, across] = field === 'row' ? (['y', 'x'] as const) : (['x', 'y'] as const);
  const beside = -(side / 2 + IMAGE_GAP);
  return {
    data: { values: images.map((url, index) => ({ [field]: index, url })) },
    mark: { type: 'image', width: side, height: side },
    encoding: {
      [along]: position[along],
      // Above the matrix are its columns' pictures on the side where no title is.
      [across]: { value: field === 'row' ? beside : { expr: `height + ${-beside}` } },
      url: { field: 'url', type: 'nominal' },
    },
  };
}

/** Size, extremes and axes of a matrix. */
function describeMatrix(rows: readonly (readonly number[])[], options: HeatmapOptions): string {
  const { xLabel, yLabel, valueLabel, rowLabels, columnLabels } = options;
  const cells = rows.flatMap((values, row) =>
    values.flatMap((value, column) => (Number.isFinite(value) ? [{ value, row, column }] : [])),
  );
  const columns = rows[0]?.length ?? 0;
  const size =
    `${valueLabel}, ${rows.length} ${plural(rows.length, 'row')} (${yLabel}) by ` +
    `${columns} ${plural(columns, 'column')} (${xLabel})`;
  const [first] = cells;
  if (first === undefined) return `${size}; no numbers.`;
  const place = ({ row, column }: (typeof cells)[number]) =>
    `row ${rowLabels?.[row] ?? row}, column ${columnLabels?.[column] ?? column}`;
  const least = cells.reduce((a, b) => (b.value < a.value ? b : a), first);
  const greatest = cells.reduce((a, b) => (b.value > a.value ? b : a), first);
  return (
    `${size}. Least ${spoken(least.value)} (${place(least)}), ` +
    `greatest ${spoken(greatest.value)} (${place(greatest)}).`
  );
}

/**
 * A matrix as coloured cells, first row at the top.
 *
 * @throws InvalidArgumentError when rows differ in length, labels do not fit, there are more than 16,384 cells, or `domain`,
 *   `cellSize` or a picture's address cannot be drawn.
 */
export function heatmap(options: HeatmapOptions): Figure {
  const { xLabel, yLabel, rowLabels, columnLabels, rowImages, columnImages } = options;
  const { diverging = false, framed = [] } = options;
  const rows = matrixOf(options);
  assertDrawable(options);
  const columns = rows[0]?.length ?? 0;
  const finite = rows.flat().filter(Number.isFinite);
  const domain = options.domain ?? ([Math.min(...finite), Math.max(...finite)] as const);
  const larger = Math.max(rows.length, columns);
  const step = options.cellSize ?? Math.max(3, Math.min(40, Math.floor(360 / larger)));
  const imageSide = Math.max(1, step - 2);
  const position = {
    x: axisOf('column', xLabel, {
      labels: columnLabels,
      count: columns,
      imageSide: columnImages ? imageSide : 0,
    }),
    y: axisOf('row', yLabel, {
      labels: rowLabels,
      count: rows.length,
      imageSide: rowImages ? imageSide : 0,
    }),
  };
  const decimals = decimalsOf(domain[1] - domain[0]);
  const format = options.valueFormat ?? (larger <= 12 ? `.${decimals}~f` : '');
  const stored = format === '' ? roundingOf(finite) : exact;
  const squares = squareLayer(options, position, domain);
  const dark = darkCells(domain, diverging);
  const texts = textsOf(options, () => describeMatrix(rows, options));
  return createChart(texts, {
    width: { step },
    height: { step },
    data: {
      values: rows.flatMap((row, index) =>
        row.map((value, column) => ({ row: index, column, value: stored(value) })),
      ),
    },
    transform: [
      { calculate: nameOf('row', rowLabels), as: 'rowName' },
      { calculate: nameOf('column', columnLabels), as: 'columnName' },
    ],
    layer: [
      squares,
      ...(format === '' ? [] : [numberLayer(position, { format, dark, step })]),
      ...(framed.length === 0 ? [] : [frameLayer(framed, position)]),
      ...(rowImages ? [imageLayer('row', rowImages, position, imageSide)] : []),
      ...(columnImages ? [imageLayer('column', columnImages, position, imageSide)] : []),
    ],
  });
}
