import type { Split } from 'selfsup';
import { escapeHtml } from './escape-html';
import { runningCell } from './running-cell';

/** The MIME type under which `npm run course` finds the numbers a notebook reports. */
export const REPORT_MIME_TYPE = 'application/vnd.selfsup.report+json';

/** What a number was measured on. */
export interface Provenance {
  /** The part of the data it was measured on. */
  readonly split?: Split;
  /** How many examples it was measured on. */
  readonly n?: number;
  /** The seed of the run. */
  readonly seed?: number;
  /** The seeds of repeated runs, where the value is their mean. */
  readonly seeds?: readonly number[];
}

/** How a number is stated, and what it was measured on. */
export interface ReportOptions extends Provenance {
  /** Unit of the value: `%`, `nats`, `s`. */
  readonly unit?: string;
  /** Standard deviation over repeated runs. */
  readonly deviation?: number;
  /** Decimals shown. Default: three significant digits. */
  readonly decimals?: number;
}

/** One reported number, as it stands in the notebook's outputs. */
export interface Report extends Omit<ReportOptions, 'decimals'> {
  readonly name: string;
  /** `null` when the number was not finite, which JSON cannot hold. */
  readonly value: number | null;
}

/** `test split, n = 10,000, seed 1`; empty where nothing is known. */
export function originOf({ split, n, seed, seeds }: Provenance): string {
  return [
    split && `${split} split`,
    n !== undefined && `n = ${n.toLocaleString('en-GB')}`,
    seed !== undefined && `seed ${seed}`,
    seeds && `seeds ${seeds.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * States one result of the notebook: a line for the reader, and the same for programs (`npm run course` gathers these
 * numbers in its closing table).
 *
 * @param name What was measured: `kNN accuracy, SimCLR`.
 * @example report('kNN accuracy, SimCLR', 53.6, { unit: '%', split: 'test', n: 10000, seed: 1 });
 */
export function report(name: string, value: number, options: ReportOptions = {}): void {
  const { decimals, ...provenance } = options;
  const { unit, deviation } = provenance;
  const digits = (number: number) =>
    decimals === undefined ? String(Number(number.toPrecision(3))) : number.toFixed(decimals);
  const written =
    digits(value) +
    (deviation === undefined ? '' : ` ± ${digits(deviation)}`) +
    (unit === undefined ? '' : ` ${unit}`);
  const origin = originOf(provenance);
  const suffix = origin === '' ? '' : ` (${origin})`;
  const text = `${name}: ${written}${suffix}`;
  const send = runningCell();
  if (send === null) {
    console.log(text);
    return;
  }
  const content: Report = { name, value: Number.isFinite(value) ? value : null, ...provenance };
  send({
    [REPORT_MIME_TYPE]: content,
    'text/html': `<div>${escapeHtml(name)}: <strong>${escapeHtml(written)}</strong>${escapeHtml(suffix)}</div>`,
    'text/plain': text,
  });
}
