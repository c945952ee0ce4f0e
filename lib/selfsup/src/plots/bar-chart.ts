import { InvalidArgumentError } from '../runtime/errors';
import { createChart, INK } from './chart';
import { coloursOf } from './colour-blind-safe-palette';
import { describeReferenceLines, spokenWithSpread, textsOf } from './descriptions';
import type { Figure, FigureOptions, VegaLiteSpec } from './figure';
import { deviationOf, type Measured, meanOf, measuredFields } from './measured';
import { type ReferenceLine, referenceLayers } from './reference-line';
import { exact, roundingOf, spanOf } from './rounding';

/** One bar of a {@link barChart}. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Standard deviation, drawn as an error bar of mean ± one deviation. */
  readonly deviation?: number;
  /** Bars of one label stand side by side, one per group, each group with its colour. */
  readonly group?: string;
}

/** Options of {@link barChart}. */
export interface BarChartOptions extends FigureOptions {
  readonly bars: readonly Bar[];
  /** What the labels are: `encoder`. */
  readonly categoryLabel: string;
  /** What the lengths are, with unit: `accuracy (%)`. */
  readonly valueLabel: string;
  /** Lowest and highest value shown; from zero when left out. */
  readonly valueDomain?: readonly [number, number];
  /**
   * d3 format of the number written at each bar; `''` writes none. Default: as many decimals at all bars as give the
   * longest one three digits; none where all are whole numbers.
   */
  readonly valueFormat?: string;
  /** `horizontal` (default) keeps long labels readable. */
  readonly orientation?: 'horizontal' | 'vertical';
  /** Lines on the value axis. */
  readonly referenceLines?: readonly Omit<ReferenceLine, 'axis'>[];
  /** Length of the value axis and, when vertical, width of the chart, in CSS pixels. Default 400. */
  readonly width?: number;
  /** Height of a vertical chart in CSS pixels. Default 260. */
  readonly height?: number;
}

/** Options of {@link barChart} for records. */
export interface RecordBarChartOptions<R extends object>
  extends Omit<BarChartOptions, 'bars' | 'categoryLabel' | 'valueLabel'> {
  /** The field that names the bars, and the title of their axis where no `categoryLabel` is given. */
  readonly label: keyof R & string;
  /**
   * The field of the lengths, numbers or means with deviations; of several, bars stand side by side, a group for each. The name is the
   * title of the value axis where no `valueLabel` is given; of several, the unit that their names share.
   */
  readonly value: (keyof R & string) | readonly (keyof R & string)[];
  /** A field whose values are the groups, where `value` is one field. */
  readonly group?: keyof R & string;
  readonly categoryLabel?: string;
  readonly valueLabel?: string;
}

/** The decimals with which the largest of the values has three digits, and the values differ; 0 for whole numbers. */
function decimalsOf(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite).map(Math.abs);
  const largest = finite.reduce((most, value) => Math.max(most, value), 0);
  if (largest === 0 || finite.every(Number.isInteger)) return 0;
  const span = spanOf(values);
  const apart = span === 0 ? 0 : -Math.floor(Math.log10(span) + 1e-9);
  return Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(largest)), apart));
}

/** How the bars lie: which axis is theirs, which values and groups they have, and where each stands. */
interface Arrangement {
  readonly horizontal: boolean;
  /** The axis along the bars: of the values. */
  readonly long: 'x' | 'y';
  readonly groups: readonly string[];
  readonly grouped: boolean;
  readonly categoryLabel: string;
  readonly valueLabel: string;
  readonly valueDomain?: readonly [number, number];
  /** The channels that place a mark across the bars: at its label, and side by side within it. */
  readonly place: Readonly<Record<string, unknown>>;
}

function assertDistinctBars(bars: readonly Bar[]): void {
  if (bars.length === 0) {
    throw new InvalidArgumentError('The bar chart was given no bars; expected at least one.');
  }
  const keys = new Set(bars.map(({ label, group = '' }) => `${group}\n${label}`));
  if (keys.size < bars.length) {
    throw new InvalidArgumentError(
      'Two bars share their label and group, so one would hide the other; give each its own, or add up the two.',
    );
  }
}

function arrangementOf(options: BarChartOptions): Arrangement {
  const { bars, categoryLabel, valueLabel, valueDomain } = options;
  const horizontal = (options.orientation ?? 'horizontal') === 'horizontal';
  const across = horizontal ? 'y' : 'x';
  const labels = [...new Set(bars.map(({ label }) => label))];
  const groups = [...new Set(bars.map(({ group = '' }) => group))];
  const grouped = groups.length > 1;
  const place = {
    [across]: {
      field: 'label',
      type: 'nominal',
      sort: labels,
      title: categoryLabel,
      axis: { labelLimit: 260, ...(!horizontal && { labelAngle: labels.length > 5 ? -30 : 0 }) },
    },
    ...(grouped && { [`${across}Offset`]: { field: 'group', type: 'nominal', sort: groups } }),
  };
  return {
    horizontal,
    long: horizontal ? 'x' : 'y',
    groups,
    grouped,
    categoryLabel,
    valueLabel,
    ...(valueDomain && { valueDomain }),
    place,
  };
}

/** The rows of the chart's data: each bar's value, the ends of its error bar and where its number stands. */
function rowsOf(bars: readonly Bar[]): Record<string, unknown>[] {
  const shortened = roundingOf(bars.map(({ value }) => value));
  return bars.map(({ label, value, deviation, group = '' }) => ({
    label,
    group,
    value: exact(value),
    end: shortened(value + Math.max(0, deviation ?? 0)),
    ...(deviation !== undefined && {
      lower: shortened(value - deviation),
      upper: shortened(value + deviation),
    }),
  }));
}

/** The channel of the value axis, filled by `field`. */
function valueChannel(field: string, { valueLabel, valueDomain }: Arrangement) {
  return {
    field,
    type: 'quantitative',
    title: valueLabel,
    ...(valueDomain && { scale: { domain: valueDomain } }),
  };
}

function barLayer(arrangement: Arrangement): VegaLiteSpec {
  const { place, long, groups, grouped, categoryLabel, valueLabel, valueDomain } = arrangement;
  return {
    mark: { type: 'bar', clip: valueDomain !== undefined },
    encoding: {
      ...place,
      [long]: valueChannel('value', arrangement),
      color: {
        field: 'group',
        type: 'nominal',
        title: null,
        scale: { domain: groups, range: coloursOf(groups.length) },
        ...(!grouped && { legend: null }),
      },
      tooltip: [
        { field: 'label', type: 'nominal', title: categoryLabel },
        ...(grouped ? [{ field: 'group', type: 'nominal', title: 'group' }] : []),
        { field: 'value', type: 'quantitative', title: valueLabel },
      ],
    },
  };
}

function errorBarLayer(arrangement: Arrangement): VegaLiteSpec {
  const { place, long } = arrangement;
  return {
    transform: [{ filter: 'isValid(datum.lower)' }],
    mark: { type: 'rule', strokeWidth: 2, color: INK },
    encoding: {
      ...place,
      [long]: valueChannel('lower', arrangement),
      [`${long}2`]: { field: 'upper' },
    },
  };
}

/** The value, written at the end of each bar or error bar. */
function numberLayer(arrangement: Arrangement, format: string): VegaLiteSpec {
  const { place, long, horizontal } = arrangement;
  return {
    mark: {
      type: 'text',
      align: horizontal ? 'left' : 'center',
      baseline: horizontal ? 'middle' : 'bottom',
      dx: horizontal ? 4 : 0,
      dy: horizontal ? 0 : -3,
      color: INK,
    },
    encoding: {
      ...place,
      [long]: valueChannel('end', arrangement),
      text: { field: 'value', type: 'quantitative', format },
    },
  };
}

/** What the bars show, in numbers, group by group. */
function describeBars({ bars, categoryLabel, valueLabel, referenceLines = [] }: BarChartOptions) {
  const groups = [...new Set(bars.map(({ group = '' }) => group))];
  const parts = groups.map((name) => {
    const own = bars.filter(({ group = '' }) => group === name);
    const values = own.map(
      ({ label, value, deviation }) => `${label}: ${spokenWithSpread(value, deviation)}`,
    );
    return `${name === '' ? '' : `${name} – `}${values.join('; ')}`;
  });
  return `For each ${categoryLabel}: ${valueLabel}. ${parts.join('. ')}.${describeReferenceLines(referenceLines)}`;
}

function optionsFromRecords<R extends object>(
  records: readonly R[],
  { label, value, group, ...options }: RecordBarChartOptions<R>,
): BarChartOptions {
  const { fields, names, axisLabel } = measuredFields(value);
  const bars = fields.flatMap((field, index) =>
    records.map((record): Bar => {
      const measured = record[field] as Measured;
      const deviation = deviationOf(measured);
      const own = group === undefined ? undefined : String(record[group]);
      const named = fields.length > 1 ? [own, names[index]].filter(Boolean).join(', ') : own;
      return {
        label: String(record[label]),
        value: meanOf(measured),
        ...(deviation !== undefined && { deviation }),
        ...(named !== undefined && { group: named }),
      };
    }),
  );
  return { categoryLabel: label, valueLabel: axisLabel, ...options, bars };
}

/**
 * Bars to compare a few numbers, in the order given.
 *
 * @throws InvalidArgumentError when there is no bar, two bars share label and group, or a text is empty.
 */
export function barChart(options: BarChartOptions): Figure;
/**
 * The same of records, a bar for each; or several side by side, one for each of several fields.
 *
 * @example await show(barChart(results, { title: 'Frozen features', label: 'method', value: ['linear probe (%)', 'kNN (%)'] }));
 */
export function barChart<R extends object>(
  records: readonly R[],
  options: RecordBarChartOptions<R>,
): Figure;
export function barChart<R extends object>(
  given: BarChartOptions | readonly R[],
  ofRecords?: RecordBarChartOptions<R>,
): Figure {
  const options =
    ofRecords === undefined
      ? (given as BarChartOptions)
      : optionsFromRecords(given as readonly R[], ofRecords);
  const { bars, categoryLabel, valueLabel, referenceLines = [] } = options;
  const {
    valueFormat = `,.${decimalsOf(bars.map(({ value }) => value))}f`,
    width = 400,
    height = 260,
  } = options;
  assertDistinctBars(bars);
  const arrangement = arrangementOf(options);
  const { horizontal, grouped, long } = arrangement;
  const lines = referenceLines.map((line) => ({ ...line, axis: long }) as ReferenceLine);
  const titles = horizontal
    ? { x: valueLabel, y: categoryLabel }
    : { x: categoryLabel, y: valueLabel };
  const texts = textsOf(options, () => describeBars(options));
  return createChart(texts, {
    width,
    height: horizontal ? { step: grouped ? 16 : 26 } : height,
    data: { values: rowsOf(bars) },
    layer: [
      barLayer(arrangement),
      ...(bars.some(({ deviation }) => deviation !== undefined)
        ? [errorBarLayer(arrangement)]
        : []),
      ...(valueFormat === '' ? [] : [numberLayer(arrangement, valueFormat)]),
      ...referenceLayers(lines, titles),
    ],
  });
}
