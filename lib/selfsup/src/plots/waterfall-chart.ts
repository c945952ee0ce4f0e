import { InvalidArgumentError } from '../runtime/errors';
import { createChart, INK } from './chart';
import { COLOUR_BLIND_SAFE_PALETTE } from './colour-blind-safe-palette';
import { describeReferenceLines, spokenWithSpread, textsOf } from './descriptions';
import type { Figure, FigureOptions } from './figure';
import { type ReferenceLine, referenceLayers } from './reference-line';
import { roundingOf, spanOf } from './rounding';

/** What a {@link waterfallChart} has come to at one place. */
export interface WaterfallStage {
  /** What was changed since the stage before. */
  readonly label: string;
  /** The value with this change and all before it. */
  readonly value: number;
  /** Standard deviation of the value, drawn as a bar of mean ± one deviation; NaN, that of a single seed, draws none. */
  readonly deviation?: number;
}

/** Options of {@link waterfallChart}. */
export interface WaterfallChartOptions extends FigureOptions {
  /** From top to bottom; the first is where it starts. */
  readonly stages: readonly WaterfallStage[];
  /** What the labels are: `part added`. */
  readonly categoryLabel: string;
  /** What is added up, with unit: `accuracy (%)`. */
  readonly valueLabel: string;
  /** Decimals of the numbers written at the bars. Default 1. */
  readonly decimals?: number;
  /** Lines on the value axis. */
  readonly referenceLines?: readonly Omit<ReferenceLine, 'axis'>[];
  /** Length of the value axis in CSS pixels. Default 400. */
  readonly width?: number;
}

const [, , RISE, FALL] = COLOUR_BLIND_SAFE_PALETTE;
const THIN_LINE = { strokeWidth: 1, color: '#808080' };

function assertStages(stages: readonly WaterfallStage[]): void {
  if (stages.length < 2) {
    throw new InvalidArgumentError(
      `waterfallChart: ${stages.length} stages; expected at least two, the first is where it starts.`,
    );
  }
  const strange = stages.find(({ value }) => !Number.isFinite(value));
  if (strange !== undefined) {
    throw new InvalidArgumentError(
      `waterfallChart: the value of "${strange.label}" is ${strange.value}; expected a finite number.`,
    );
  }
  const unnamed = stages.findIndex(({ label }) => label.trim() === '');
  if (unnamed !== -1) {
    throw new InvalidArgumentError(
      `waterfallChart: stage ${unnamed + 1} has no label; say what was changed.`,
    );
  }
  if (new Set(stages.map(({ label }) => label)).size < stages.length) {
    throw new InvalidArgumentError(
      'waterfallChart: two stages share their label; give each its own.',
    );
  }
}

function assertDecimals(decimals: number): void {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 20) {
    throw new InvalidArgumentError(
      `waterfallChart: decimals is ${decimals}; expected a whole number from 0 to 20.`,
    );
  }
}

/** The stages with the value each begins at, and what is written beside them. */
function rowsOf(stages: readonly WaterfallStage[], decimals: number) {
  const shortened = roundingOf(stages.map(({ value }) => value));
  return stages.map(({ label, value, deviation }, index) => {
    const before = stages[index - 1]?.value;
    const change = before === undefined ? null : value - before;
    const signed =
      change === null ? '' : ` (${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(decimals)})`;
    const spread = Math.max(0, deviation ?? 0);
    return {
      label,
      value: shortened(value),
      before: before === undefined ? null : shortened(before),
      change: change === null ? null : shortened(change),
      next: stages[index + 1]?.label ?? null,
      end: shortened(Math.max(value + spread, before ?? value)),
      text: `${value.toFixed(decimals)}${signed}`,
      ...(deviation !== undefined && {
        lower: shortened(value - deviation),
        upper: shortened(value + deviation),
      }),
    };
  });
}

/** What it comes to at each stage. */
function describeStages({
  stages,
  categoryLabel,
  valueLabel,
  referenceLines = [],
}: WaterfallChartOptions) {
  const all = stages.map(
    ({ label, value, deviation }) => `${label} ${spokenWithSpread(value, deviation)}`,
  );
  return `For each ${categoryLabel}, one after the other: ${valueLabel}. ${all.join(', then ')}.${describeReferenceLines(referenceLines)}`;
}

/**
 * What each of several changes adds, made one after the other: a bar from the value before to the value after, by
 * colour a rise or a fall, and at its end the value and the difference. The axis need not begin at 0, since no bar does.
 *
 * @throws InvalidArgumentError when there are fewer than two stages, two share a label, a value is not finite, a text is
 *   empty, or `decimals` is no number of decimals.
 *
 * @example
 * waterfallChart({
 *   title: 'One part at a time', description: '…', categoryLabel: 'recipe', valueLabel: 'linear probe (%)',
 *   stages: [{ label: 'plain', value: 47.8 }, { label: '+ strong views', value: 53.1 }, { label: '+ head', value: 58.9 }],
 * });
 */
export function waterfallChart(options: WaterfallChartOptions): Figure {
  const { categoryLabel, valueLabel, decimals = 1, referenceLines = [] } = options;
  assertStages(options.stages);
  assertDecimals(decimals);
  const stages = options.stages.map(
    ({ deviation, ...stage }): WaterfallStage =>
      Number.isFinite(deviation) ? { ...stage, deviation: deviation as number } : stage,
  );
  const y = {
    field: 'label',
    type: 'nominal',
    sort: stages.map(({ label }) => label),
    title: categoryLabel,
    axis: { labelLimit: 260 },
  };
  const ends = stages.flatMap(({ value, deviation = 0 }) => [value - deviation, value + deviation]);
  const all = [...ends, ...referenceLines.map(({ value }) => value)];
  // Room on the right for the numbers of the last bar.
  const padding = spanOf(all) || 1;
  const domain = [Math.min(...all) - padding / 10, Math.max(...all) + padding / 3];
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: valueLabel,
    scale: { domain, zero: false, nice: false },
  });
  const filtered = (filter: string) => ({ transform: [{ filter }] });
  const texts = textsOf(options, () => describeStages({ ...options, stages }));
  return createChart(texts, {
    width: options.width ?? 400,
    height: { step: 28 },
    data: { values: rowsOf(stages, decimals) },
    layer: [
      {
        ...filtered('isValid(datum.next)'),
        mark: { type: 'rule', ...THIN_LINE },
        encoding: { y, y2: { field: 'next' }, x: x('value') },
      },
      {
        ...filtered('!isValid(datum.before)'),
        mark: { type: 'tick', thickness: 3, color: INK },
        encoding: { y, x: x('value') },
      },
      {
        ...filtered('isValid(datum.before)'),
        mark: { type: 'bar', size: 18 },
        encoding: {
          y,
          x: x('before'),
          x2: { field: 'value' },
          color: { condition: { test: 'datum.change < 0', value: FALL }, value: RISE },
          tooltip: [
            { field: 'label', type: 'nominal', title: categoryLabel },
            { field: 'value', type: 'quantitative', title: valueLabel },
            { field: 'change', type: 'quantitative', title: 'change' },
          ],
        },
      },
      {
        ...filtered('isValid(datum.lower)'),
        mark: { type: 'rule', strokeWidth: 2, color: INK },
        encoding: { y, x: x('lower'), x2: { field: 'upper' } },
      },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 5, color: INK },
        encoding: { y, x: x('end'), text: { field: 'text' } },
      },
      ...referenceLayers(
        referenceLines.map((line) => ({ ...line, axis: 'x' as const })),
        { x: valueLabel, y: categoryLabel },
      ),
    ],
  });
}
