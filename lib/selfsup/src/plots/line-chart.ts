import { type AxisOptions, axisChannel } from './axes';
import { createChart } from './chart';
import { coloursOf, dashesOf } from './colour-blind-safe-palette';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
import { type ReferenceLine, referenceLayers } from './reference-line';
import { pointsOf, type Series, type SeriesPoint } from './series';

/** Options of {@link lineChart}. */
export interface LineChartOptions extends FigureOptions, AxisOptions {
  readonly series: readonly Series[];
  readonly referenceLines?: readonly ReferenceLine[];
  /** Marks the points on the lines. Default: when no series has more than 30. */
  readonly points?: boolean;
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

/**
 * Lines over a continuous axis: losses over steps, accuracies over epochs. A series with deviations gets a band of
 * mean ± one standard deviation. In JupyterLab, clicking a name in the legend brings its line out.
 *
 * @throws InvalidArgumentError when lengths differ, names repeat, a logarithmic axis meets a number that is not
 * positive, or a text is empty.
 */
export function lineChart(options: LineChartOptions): Figure {
  const { series, referenceLines = [], xLabel, yLabel, width = 480, height = 280 } = options;
  const found = pointsOf(series);
  const values = options.yScale === 'log' ? withinLogarithm(found) : found;
  const names = series.map(({ name }) => name);
  const shared = sharedChannels(options, values, names);
  return createChart(options, {
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
