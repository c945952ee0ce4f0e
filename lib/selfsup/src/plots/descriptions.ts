import type { FigureOptions, FigureTexts } from './figure';
import { decimalsOf } from './measured';
import type { ReferenceLine } from './reference-line';
import { extentOf } from './rounding';
import type { Series } from './series';

/** A series with more values is described by its ends and its range. */
const MOST_VALUES = 10;

/** A number as it is said: whole ones exactly, others with four significant digits, and very small ones as a power of ten. */
export function spoken(value: number): string {
  if (!Number.isFinite(value)) return 'no number';
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1).replaceAll('-', '−');
  const digits = Number.isInteger(value)
    ? { maximumFractionDigits: 0 }
    : { maximumSignificantDigits: 4 };
  return value.toLocaleString('en-GB', digits).replace('-', '−');
}

/** `41.30 ± 0.52`: two digits of the deviation, and as many decimals of the mean. */
export function spokenWithSpread(mean: number, deviation = Number.NaN): string {
  const decimals = decimalsOf({ mean, deviation });
  if (decimals === undefined) return spoken(mean);
  return `${mean.toFixed(decimals).replace('-', '−')} ± ${deviation.toFixed(decimals)}`;
}

/** A figure's texts; where no description was written, the one that its data give. */
export function textsOf(
  { title, description }: FigureOptions,
  fromData: () => string,
): FigureTexts {
  return { title, description: description ?? fromData() };
}

function describeOne({ name, x, y, deviation }: Series): string {
  const values = Array.from(y, (value, index) => ({
    at: spoken(x?.[index] ?? index + 1),
    value,
    text: spokenWithSpread(value, deviation?.[index]),
  }));
  if (values.length <= MOST_VALUES) {
    return `${name}: ${values.map(({ at, text }) => `${text} at ${at}`).join(', ')}`;
  }
  const finite = values.filter(({ value }) => Number.isFinite(value));
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return `${name}: no numbers`;
  const { low, high } = extentOf(finite.map(({ value }) => value));
  return (
    `${name}: from ${first.text} at ${first.at} to ${last.text} at ${last.at}, ` +
    `lowest ${spoken(low)}, highest ${spoken(high)}`
  );
}

/** ` Reference lines: chance at 6.236.`, or nothing. */
export function describeReferenceLines(
  lines: readonly Pick<ReferenceLine, 'value' | 'label'>[],
): string {
  if (lines.length === 0) return '';
  const all = lines.map(({ label, value }) => `${label} at ${spoken(value)}`);
  return ` Reference line${lines.length > 1 ? 's' : ''}: ${all.join('; ')}.`;
}

/** What lines or points over an axis show, in numbers. */
export function describeSeries(
  series: readonly Series[],
  { xLabel, yLabel }: { readonly xLabel: string; readonly yLabel: string },
): string {
  return `Over ${xLabel}: ${yLabel}. ${series.map(describeOne).join('; ')}.`;
}
