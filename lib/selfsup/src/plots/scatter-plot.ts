import { InvalidArgumentError } from '../runtime/errors';
import { plural } from '../runtime/plural';
import { type AxisOptions, axisChannel } from './axes';
import { createChart, INK } from './chart';
import { coloursOf, shapesOf } from './colour-blind-safe-palette';
import { describeReferenceLines, spoken, textsOf } from './descriptions';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
import { type ReferenceLine, referenceLayers } from './reference-line';
import { extentOf } from './rounding';
import { pointsOf, type Series, type SeriesPoint } from './series';

/** A group of points. */
export interface PointGroup extends Series {
  readonly x: ArrayLike<number>;
  /** A text for each point, shown when the pointer is over it. */
  readonly labels?: readonly string[];
  /** A picture for each point, shown when the pointer is over it, as the addresses that `thumbnails` gives. */
  readonly images?: readonly string[];
}

/** A straight line between two points, in the units of the axes. */
export interface LineSegment {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

/** Options of {@link scatterPlot}. */
export interface ScatterPlotOptions extends FigureOptions, AxisOptions {
  /** The points, one group per colour and shape (the classes of a data set, say). */
  readonly groups: readonly PointGroup[];
  readonly referenceLines?: readonly ReferenceLine[];
  /** Thin lines under the points: from where a point was to where it is, or a curve in pieces. */
  readonly segments?: readonly LineSegment[];
  /** Area of a point in square pixels. Default 60, and 25 when there are more than 200 points. */
  readonly pointSize?: number;
  /**
   * Gives both axes the same number of units per pixel, so that circles are round and distances can be compared across
   * directions. Default `false`. Needs linear axes without domains of their own.
   */
  readonly equalScale?: boolean;
  /** Hides numbers and ticks, which mean nothing in a map such as t-SNE's. Default `false`. */
  readonly hideTicks?: boolean;
}

/** Domains around the middle of what is drawn, with a margin, in the proportions of the plotting area. */
function equalDomains(
  points: readonly Pick<SeriesPoint, 'x' | 'y'>[],
  { width, height }: { width: number; height: number },
  { xScale, yScale, xDomain, yDomain }: AxisOptions,
): { xDomain: [number, number]; yDomain: [number, number] } {
  if (xScale === 'log' || yScale === 'log' || xDomain || yDomain) {
    throw new InvalidArgumentError(
      'equalScale chooses the domains of two linear axes; leave xScale, yScale, xDomain and yDomain out with it.',
    );
  }
  const rangeOf = (values: readonly (number | null)[]) => {
    const finite = values.filter((value) => value !== null);
    const low = finite.reduce((least, value) => Math.min(least, value), finite[0] ?? 0);
    const high = finite.reduce((most, value) => Math.max(most, value), finite[0] ?? 0);
    return { middle: (low + high) / 2, span: high - low };
  };
  const [x, y] = [rangeOf(points.map((point) => point.x)), rangeOf(points.map((point) => point.y))];
  const unitsPerPixel = 1.08 * Math.max(x.span / width, y.span / height) || 1 / width;
  const around = (middle: number, pixels: number): [number, number] => [
    middle - (unitsPerPixel * pixels) / 2,
    middle + (unitsPerPixel * pixels) / 2,
  ];
  return { xDomain: around(x.middle, width), yDomain: around(y.middle, height) };
}

/** A row of the chart's data. */
type LabelledPoint = SeriesPoint & { readonly label?: string; readonly image?: string };

/**
 * The points with the texts and pictures of those that have one.
 *
 * @throws InvalidArgumentError when a group has not one label, or picture, per point.
 */
function labelledPoints(
  groups: readonly PointGroup[],
  points: readonly SeriesPoint[],
): LabelledPoint[] {
  const perPoint = (kind: 'labels' | 'images') =>
    groups.flatMap((group): (string | undefined)[] => {
      const { name, y, [kind]: given } = group;
      if (given !== undefined && given.length !== y.length) {
        throw new InvalidArgumentError(
          `Group "${name}" has ${y.length} points but ${given.length} ${kind}; give one for each point.`,
        );
      }
      return given ? [...given] : Array.from(y, () => undefined);
    });
  const [labels, images] = [perPoint('labels'), perPoint('images')];
  return points.map((point, index) => {
    const [label, image] = [labels[index], images[index]];
    return {
      ...point,
      ...(label !== undefined && { label }),
      ...(image !== undefined && { image }),
    };
  });
}

/** @throws InvalidArgumentError where nothing would be seen. */
function assertSeen(points: readonly SeriesPoint[], pointSize = 1): void {
  if (!points.some(({ x, y }) => x !== null && y !== null)) {
    throw new InvalidArgumentError(
      `The scatter plot was given ${points.length} points, none of two finite numbers; expected one or more.`,
    );
  }
  if (!(Number.isFinite(pointSize) && pointSize > 0)) {
    throw new InvalidArgumentError(
      `The scatter plot's pointSize is ${pointSize}; expected an area in square pixels, above 0.`,
    );
  }
}

/** Both ends of every segment. */
const endsOf = ({ segments = [] }: ScatterPlotOptions) =>
  segments.flatMap(({ from, to }) => [from, to]).map(([x, y]) => ({ x, y }));

/**
 * A layer of thin lines on the axes of the points.
 *
 * @throws InvalidArgumentError when an end is not of finite numbers.
 */
function segmentLayers({ segments = [], xLabel, yLabel }: ScatterPlotOptions): VegaLiteSpec[] {
  if (segments.length === 0) return [];
  const values = segments.map(({ from: [x, y], to: [x2, y2] }) => ({ x, y, x2, y2 }));
  const lost = values.findIndex((ends) => !Object.values(ends).every(Number.isFinite));
  if (lost >= 0) {
    const { from, to } = segments[lost] as LineSegment;
    throw new InvalidArgumentError(
      `The scatter plot's segment ${lost} goes from (${from.join(', ')}) to (${to.join(', ')}); expected finite numbers.`,
    );
  }
  return [
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 0.75, opacity: 0.45, color: INK },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: xLabel },
        y: { field: 'y', type: 'quantitative', title: yLabel },
        x2: { field: 'x2' },
        y2: { field: 'y2' },
      },
    },
  ];
}

function pointLayer(options: ScatterPlotOptions, points: readonly LabelledPoint[]): VegaLiteSpec {
  const names = options.groups.map(({ name }) => name);
  const drawn = [...points, ...endsOf(options)];
  const hidden = options.hideTicks ? { axis: { labels: false, ticks: false, grid: false } } : {};
  const axis = (name: 'x' | 'y') => ({
    ...axisChannel(
      name,
      options,
      drawn.map((point) => point[name]),
    ),
    ...hidden,
  });
  const byGroup = (range: readonly string[]) => ({
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: names, range },
    ...(names.length === 1 && { legend: null }),
  });
  const labelled = points.some(({ label }) => label !== undefined);
  const pictured = points.some(({ image }) => image !== undefined);
  return {
    params: [{ name: 'chosen', select: { type: 'point', fields: ['series'] }, bind: 'legend' }],
    mark: {
      type: 'point',
      filled: true,
      size: options.pointSize ?? (points.length > 200 ? 25 : 60),
    },
    encoding: {
      x: axis('x'),
      y: axis('y'),
      color: byGroup(coloursOf(names.length)),
      shape: byGroup(shapesOf(names.length)),
      opacity: { condition: { param: 'chosen', value: 0.85 }, value: 0.07 },
      tooltip: [
        // By this name Vega's tooltip knows that it is to be drawn, not written.
        ...(pictured ? [{ field: 'image', type: 'nominal', title: 'image' }] : []),
        ...(labelled ? [{ field: 'label', type: 'nominal', title: 'point' }] : []),
        { field: 'series', type: 'nominal', title: 'group' },
        { field: 'x', type: 'quantitative', title: options.xLabel },
        { field: 'y', type: 'quantitative', title: options.yLabel },
      ],
    },
  };
}

/** How many points there are, of which groups, over which ranges, and how many segments. */
function describePoints({
  groups,
  xLabel,
  yLabel,
  segments = [],
  referenceLines = [],
}: ScatterPlotOptions) {
  const range = (axis: 'x' | 'y') => {
    const { low, high } = extentOf(groups.flatMap((group) => Array.from(group[axis])));
    return `from ${spoken(low)} to ${spoken(high)}`;
  };
  const counts = groups.map(({ name, y }) => `${name} ${y.length}`);
  const lines = ` ${segments.length} thin ${plural(segments.length, 'line')}.`;
  return (
    `Points by ${xLabel} (${range('x')}) and ${yLabel} (${range('y')}): ${counts.join(', ')}.` +
    (segments.length === 0 ? '' : lines) +
    describeReferenceLines(referenceLines)
  );
}

/**
 * Points in the plane, each group with a colour and a shape of its own: maps of embeddings, accuracy against minutes.
 * In JupyterLab, clicking a name in the legend brings its points out.
 *
 * @throws InvalidArgumentError when no point has two finite numbers, lengths differ, names repeat, a logarithmic axis meets a number that is not
 * positive, a segment ends nowhere, a text is empty, or `equalScale` is asked for with a logarithmic axis or a domain.
 */
export function scatterPlot(given: ScatterPlotOptions): Figure {
  const { groups, referenceLines = [], xLabel, yLabel, width = 420, height = 380 } = given;
  const points = pointsOf(groups);
  assertSeen(points, given.pointSize);
  const options = given.equalScale
    ? { ...given, ...equalDomains([...points, ...endsOf(given)], { width, height }, given) }
    : given;
  const values = labelledPoints(groups, points);
  const texts = textsOf(options, () => describePoints(options));
  return createChart(texts, {
    width,
    height,
    data: { values },
    layer: [
      ...segmentLayers(options),
      pointLayer(options, values),
      ...referenceLayers(referenceLines, { x: xLabel, y: yLabel }),
    ],
  });
}
