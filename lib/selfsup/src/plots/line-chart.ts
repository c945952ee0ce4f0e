import { type AxisOptions, axisChannel } from './axes';
import { createChart } from './chart';
import { coloursOf, dashesOf } from './colour-blind-safe-palette';
import { describeReferenceLines, describeSeries, textsOf } from './descriptions';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
import { measuredFields } from './measured';
import { type ReferenceLine, referenceLayers } from './reference-line';
import { pointsOf, type Series, type SeriesPoint, seriesFromRecords } from './series';

/** Options of {@link lineChart}. */
export interface LineChartOptions extends FigureOptions, AxisOptions {
  readonly series: readonly Series[];
  readonly referenceLines?: readonly ReferenceLine[];
  /** Marks the points on the lines. Default: when no series has more than 30. */
  readonly points?: boolean;
}

/** Options of {@link lineChart} for records. */
export interface RecordLineChartOptions<R extends object>
  extends FigureOptions,
    Partial<AxisOptions>,
    Pick<LineChartOptions, 'referenceLines' | 'points'> {
  /** The field along the horizontal axis, and that axis's title where no `xLabel` is given. */
  readonly x: keyof R & string;
  /**
   * The field, or the fields, of the lines: numbers, or means with deviations. The name is the vertical axis's title where no
   * `yLabel` is given; of several, the unit that their names share.
   */
  readonly y: (keyof R & string) | readonly (keyof R & string)[];
  /** A field whose values part the records into lines, in the order of their appearance. */
  readonly by?: keyof R & string;
}

/** Samples of the lines; without this the legend would take the band's faintness. */
const LEGEND = { symbolType: 'stroke', symbolSize: 500, symbolStrokeWidth: 2, symbolOpacity: 1 };

/** The band of a logarithmic axis cannot reach zero: it ends at the lowest value drawn. */
function withinLogarithm(points: readonly SeriesPoint[]): SeriesPoint[] {
  let lowest = Number.POSITIVE_INFINITY;
  // Math.min(...numbers) fails from some 100,000 on.
  for (const { y } of points) lowest = Math.min(lowest, y ?? Number.POSITIVE_INFINITY);
  return points.map((point) =>
    typeof point.lower === 'number' && point.lower <= 0 ? { ...point, lower: lowest } : point,
  );
}

/** The channels that lines and bands share. */
interface SharedChannels {
  readonly x: Readonly<Record<string, unknown>>;
  readonly y: Readonly<Record<string, unknown>>;
  readonly color: Readonly<Record<string, unknown>>;
}

function sharedChannels(
  options: LineChartOptions,
  points: readonly SeriesPoint[],
  names: readonly string[],
): SharedChannels {
  const axis = (name: 'x' | 'y') =>
    axisChannel(
      name,
      options,
      points.map((point) => point[name]),
    );
  return {
    x: axis('x'),
    y: axis('y'),
    color: bySeries(names, coloursOf(names.length)),
  };
}

/** What tells the series apart: colours or dashes, in the legend where there is more than one. */
function bySeries(names: readonly string[], range: readonly unknown[]) {
  return {
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: names, range },
    legend: names.length > 1 ? LEGEND : null,
  };
}

/** Opacity that fades when another series is chosen in the legend. */
function fading(full: number, faded: number) {
  return { condition: { param: 'chosen', value: full }, value: faded };
}

function lineLayer(
  { series, points, xLabel, yLabel }: LineChartOptions,
  shared: SharedChannels,
  names: readonly string[],
): VegaLiteSpec {
  return {
    params: [{ name: 'chosen', select: { type: 'point', fields: ['series'] }, bind: 'legend' }],
    mark: {
      type: 'line',
      strokeWidth: 2,
      point: points ?? series.every((one) => one.y.length <= 30),
    },
    encoding: {
      ...shared,
      strokeDash: bySeries(names, dashesOf(names.length)),
      opacity: fading(1, 0.15),
      tooltip: [
        { field: 'series', type: 'nominal', title: 'series' },
        { field: 'x', type: 'quantitative', title: xLabel },
        { field: 'y', type: 'quantitative', title: yLabel },
      ],
    },
  };
}

/** Mean ± one standard deviation, behind the lines. */
function bandLayer({ x, y, color }: SharedChannels): VegaLiteSpec {
  return {
    transform: [{ filter: 'isValid(datum.lower)' }],
    mark: { type: 'area', line: false },
    encoding: {
      x,
      y: { ...y, field: 'lower' },
      y2: { field: 'upper' },
      color,
      opacity: fading(0.2, 0.04),
    },
  };
}

function optionsFromRecords<R extends object>(
  records: readonly R[],
  { x, y, by, ...options }: RecordLineChartOptions<R>,
): LineChartOptions {
  const { fields, names, axisLabel } = measuredFields(y);
  const series = fields.flatMap((field, index) =>
    seriesFromRecords(records, { x, y: field, ...(by !== undefined && { by }) }).map((one) => ({
      ...one,
      name: nameOfLine(names[index] as string, by === undefined ? null : one.name, fields.length),
    })),
  );
  return { xLabel: x, yLabel: axisLabel, ...options, series };
}

/** What tells a line from the others: its field where there are several, the value it stands for where they are parted. */
function nameOfLine(field: string, part: string | null, fields: number): string {
  if (part === null) return field;
  return fields === 1 ? part : `${part}, ${field}`;
}

/**
 * Lines over a continuous axis: losses over steps, accuracies over epochs. A series with deviations gets a band of
 * mean ± one standard deviation. In JupyterLab, clicking a name in the legend brings its line out.
 *
 * @throws InvalidArgumentError when lengths differ, names repeat, a logarithmic axis meets a number that is not
 * positive, or a text is empty.
 */
export function lineChart(options: LineChartOptions): Figure;
/**
 * The same of records: a line for each field, or for each value of the field `by`.
 *
 * @example await show(lineChart(history.steps, { title: 'Loss', x: 'step', y: 'loss' }));
 */
export function lineChart<R extends object>(
  records: readonly R[],
  options: RecordLineChartOptions<R>,
): Figure;
export function lineChart<R extends object>(
  given: LineChartOptions | readonly R[],
  ofRecords?: RecordLineChartOptions<R>,
): Figure {
  const options =
    ofRecords === undefined
      ? (given as LineChartOptions)
      : optionsFromRecords(given as readonly R[], ofRecords);
  const { series, referenceLines = [], xLabel, yLabel, width = 480, height = 280 } = options;
  const found = pointsOf(series);
  const values = options.yScale === 'log' ? withinLogarithm(found) : found;
  const names = series.map(({ name }) => name);
  const shared = sharedChannels(options, values, names);
  const fromData = () => describeSeries(series, options) + describeReferenceLines(referenceLines);
  return createChart(textsOf(options, fromData), {
    width,
    height,
    data: { values },
    layer: [
      ...(series.some(({ deviation }) => deviation) ? [bandLayer(shared)] : []),
      lineLayer(options, shared, names),
      ...referenceLayers(referenceLines, { x: xLabel, y: yLabel }),
    ],
  });
}
