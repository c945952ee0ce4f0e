import { InvalidArgumentError } from '../runtime/errors';
import { type AxisOptions, axisChannel, plotlyAxes } from './axes';
import { createChart } from './chart';
import { coloursOf, shapesOf } from './colour-blind-safe-palette';
import type { Figure, FigureOptions } from './figure';
import { plotlyReferenceLines, type ReferenceLine, referenceLayers } from './reference-line';
import { pointsOf, type Series } from './series';

/** A group of points. */
export interface PointGroup extends Series {
  readonly x: ArrayLike<number>;
  /** A text for each point, shown when the pointer is over it. */
  readonly labels?: readonly string[];
}

export interface ScatterPlotOptions extends FigureOptions, AxisOptions {
  /** The points, one group per colour and shape (the classes of a data set, say). */
  readonly groups: readonly PointGroup[];
  readonly referenceLines?: readonly ReferenceLine[];
  /** Area of a point in square pixels. Default 60, and 25 when there are more than 200 points. */
  readonly pointSize?: number;
  /** Hides numbers and ticks, which mean nothing in a map such as t-SNE's. Default `false`. */
  readonly hideTicks?: boolean;
}

/**
 * Points in the plane, each group with a colour and a shape of its own: maps of embeddings, accuracy against minutes.
 * In JupyterLab, clicking a name in the legend brings its points out.
 *
 * @throws InvalidArgumentError when lengths differ, names repeat, a logarithmic axis meets a number that is not
 * positive, or a text is empty.
 */
export function scatterPlot(options: ScatterPlotOptions): Figure {
  const { groups, referenceLines = [], xLabel, yLabel, width = 420, height = 380 } = options;
  const points = pointsOf(groups);
  const labels = groups.flatMap(({ name, y, labels: texts }): (string | undefined)[] => {
    if (texts !== undefined && texts.length !== y.length) {
      throw new InvalidArgumentError(
        `Group "${name}" has ${y.length} points but ${texts.length} labels; give one label per point.`,
      );
    }
    return texts ? [...texts] : Array.from(y, () => undefined);
  });
  const labelled = labels.some((label) => label !== undefined);
  const values = points.map((point, index) =>
    labels[index] === undefined ? point : { ...point, label: labels[index] },
  );
  const names = groups.map(({ name }) => name);
  const hidden = options.hideTicks ? { axis: { labels: false, ticks: false, grid: false } } : {};
  const bySeries = (range: readonly string[]) => ({
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: names, range },
    ...(names.length === 1 && { legend: null }),
  });
  const cloud = {
    params: [{ name: 'chosen', select: { type: 'point', fields: ['series'] }, bind: 'legend' }],
    mark: {
      type: 'point',
      filled: true,
      size: options.pointSize ?? (points.length > 200 ? 25 : 60),
    },
    encoding: {
      x: {
        ...axisChannel(
          'x',
          options,
          values.map((point) => point.x),
        ),
        ...hidden,
      },
      y: {
        ...axisChannel(
          'y',
          options,
          values.map((point) => point.y),
        ),
        ...hidden,
      },
      color: bySeries(coloursOf(names.length)),
      shape: bySeries(shapesOf(names.length)),
      opacity: { condition: { param: 'chosen', value: 0.85 }, value: 0.07 },
      tooltip: [
        ...(labelled ? [{ field: 'label', type: 'nominal', title: 'point' }] : []),
        { field: 'series', type: 'nominal', title: 'group' },
        { field: 'x', type: 'quantitative', title: xLabel },
        { field: 'y', type: 'quantitative', title: yLabel },
      ],
    },
  };
  return createChart(
    options,
    {
      width,
      height,
      data: { values },
      layer: [cloud, ...referenceLayers(referenceLines, { x: xLabel, y: yLabel })],
    },
    {
      data: groups.map(({ name, x, y, labels: texts }) => ({
        type: 'scatter',
        mode: 'markers',
        name,
        x: Array.from(x),
        y: Array.from(y),
        text: texts,
      })),
      layout: { ...plotlyAxes(options), ...plotlyReferenceLines(referenceLines) },
    },
  );
}
