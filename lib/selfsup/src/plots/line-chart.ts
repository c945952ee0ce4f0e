import { type AxisOptions, axisChannel, plotlyAxes } from './axes';
import { createChart } from './chart';
import { coloursOf, dashesOf } from './colour-blind-safe-palette';
import type { Figure, FigureOptions } from './figure';
import { plotlyReferenceLines, type ReferenceLine, referenceLayers } from './reference-line';
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
  const lowest = Math.min(...points.map(({ y }) => y ?? Number.POSITIVE_INFINITY));
  return points.map((point) =>
    typeof point.lower === 'number' && point.lower <= 0 ? { ...point, lower: lowest } : point,
  );
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
  const several = names.length > 1;
  const x = axisChannel(
    'x',
    options,
    values.map((point) => point.x),
  );
  const y = axisChannel(
    'y',
    options,
    values.map((point) => point.y),
  );
  const colour = {
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: coloursOf(names.length) },
    legend: several ? LEGEND : null,
  };
  const chosen = (full: number, dimmed: number) => ({
    condition: { param: 'chosen', value: full },
    value: dimmed,
  });
  const lines = {
    params: [{ name: 'chosen', select: { type: 'point', fields: ['series'] }, bind: 'legend' }],
    mark: {
      type: 'line',
      strokeWidth: 2,
      point: options.points ?? series.every((one) => one.y.length <= 30),
    },
    encoding: {
      x,
      y,
      color: colour,
      strokeDash: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: { domain: names, range: dashesOf(names.length) },
        legend: several ? LEGEND : null,
      },
      opacity: chosen(1, 0.15),
      tooltip: [
        { field: 'series', type: 'nominal', title: 'series' },
        { field: 'x', type: 'quantitative', title: xLabel },
        { field: 'y', type: 'quantitative', title: yLabel },
      ],
    },
  };
  const band = {
    transform: [{ filter: 'isValid(datum.lower)' }],
    mark: { type: 'area', line: false },
    encoding: {
      x,
      y: { ...y, field: 'lower' },
      y2: { field: 'upper' },
      color: colour,
      opacity: chosen(0.2, 0.04),
    },
  };
  return createChart(
    options,
    {
      width,
      height,
      data: { values },
      layer: [
        ...(series.some(({ deviation }) => deviation) ? [band] : []),
        lines,
        ...referenceLayers(referenceLines, { x: xLabel, y: yLabel }),
      ],
    },
    {
      data: series.map((one) => ({
        type: 'scatter',
        mode: 'lines+markers',
        name: one.name,
        x: Array.from(one.x ?? one.y, (value, index) => (one.x === undefined ? index + 1 : value)),
        y: Array.from(one.y),
        ...(one.deviation && { error_y: { type: 'data', array: Array.from(one.deviation) } }),
      })),
      layout: { ...plotlyAxes(options), ...plotlyReferenceLines(referenceLines) },
    },
  );
}
