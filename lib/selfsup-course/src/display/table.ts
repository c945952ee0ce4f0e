import { InvalidArgumentError } from 'selfsup';
import {
  decimalsOf,
  deviationOf,
  isMeanAndDeviation,
  type MeanAndDeviation,
  type Measured,
  meanOf,
  nameAndUnit,
} from 'selfsup/plots';
import { escapeHtml } from './escape-html';
import { originOf, type Provenance, report } from './report';
import { runningCell } from './running-cell';

/** How one column of a table is written. */
export interface Column {
  /** The heading. Default: the name of the field. */
  readonly title?: string;
  /**
   * Writes a value. Default: numbers with one decimal under a heading that ends in `(%)` or `(points)`, elsewhere with at most
   * three, below 0.1 with three significant digits, from 100 on with one decimal;
   * a mean with its deviation as `59.5 ± 0.4`.
   */
  readonly format?: (value: unknown) => string;
}

/** Options of {@link table}. */
export interface TableOptions<R extends object> extends Provenance {
  /** What the table shows; it is read aloud before the table. What the numbers were measured on is written behind it. */
  readonly title: string;
  /** The columns, in order. Default: the fields of the first row. */
  readonly columns?: Readonly<Partial<Record<keyof R & string, Column | string>>>;
  /** Columns whose numbers are results of the notebook: each is given to `report`, as `heading, name of its row`. */
  readonly reports?: readonly (keyof R & string)[];
}

/** The decimals of what stands below a heading; `undefined` where each number has its own. */
function decimalsBelow(heading: string): number | undefined {
  const { unit } = nameAndUnit(heading);
  return unit === '%' || unit === 'points' ? 1 : undefined;
}

function written(value: unknown, decimals: number | undefined): string {
  if (value === null || value === undefined) return '–';
  if (isMeanAndDeviation(value)) return writtenMean(value, decimals ?? decimalsOf(value));
  if (typeof value !== 'number') return String(value);
  return decimals === undefined || !Number.isFinite(value)
    ? writtenNumber(value)
    : value.toFixed(decimals);
}

function writtenMean({ mean, deviation }: MeanAndDeviation, decimals: number | undefined): string {
  const [first, spread] = [mean, deviation].map((one) =>
    decimals === undefined ? writtenNumber(one) : one.toFixed(decimals),
  );
  return Number.isNaN(deviation) ? String(first) : `${first} ± ${spread}`;
}

function writtenNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size > 0 && size < 0.001) return value.toExponential(2);
  if (size < 0.1) return value.toLocaleString('en-GB', { maximumSignificantDigits: 3 });
  return value.toLocaleString('en-GB', { maximumFractionDigits: size < 100 ? 3 : 1 });
}

/**
 * Shows records as a table: HTML with a caption and row headings in a notebook, aligned text elsewhere.
 *
 * @param rows One object per row; the first column heads its row.
 * @example table(results, { title: 'kNN accuracy', columns: { encoder: 'encoder', accuracy: 'accuracy (%)' } });
 * @example
 * const rows = results.map(({ method, knn }) => ({ method: method, 'kNN (%)': knn }));
 * table(rows, { title: 'Frozen features', split: 'test', n: 10_000, seed: 1, reports: ['kNN (%)'] });
 * @throws InvalidArgumentError when there are no rows and no columns to show, and when `reports` names none of the columns; then
 * nothing is shown.
 */
export function table<R extends object>(rows: readonly R[], options: TableOptions<R>): void {
  const first = rows[0];
  const names = Object.keys(options.columns ?? first ?? {}) as (keyof R & string)[];
  if (names.length === 0) {
    throw new InvalidArgumentError(
      `The table "${options.title}" was given no rows and no columns; give at least one row, or name the columns.`,
    );
  }
  const columns = names.map((name) => {
    const given = options.columns?.[name];
    const column: Column = typeof given === 'string' ? { title: given } : (given ?? {});
    const heading = column.title ?? name;
    const decimals = decimalsBelow(heading);
    const format = column.format ?? ((value: unknown) => written(value, decimals));
    return {
      title: heading,
      numeric:
        rows.length > 0 &&
        rows.every((row) => row[name] === null || row[name] === undefined || isMeasured(row[name])),
      cells: rows.map((row) => format(row[name])),
    };
  });
  const { title: ownTitle, columns: _columns, reports = [], ...provenance } = options;
  const missing = reports.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new InvalidArgumentError(
      `The table "${ownTitle}" is to report "${missing}", which is none of its columns (${names.join(', ')}).`,
    );
  }
  const origin = originOf(provenance);
  const title = origin === '' ? ownTitle : `${ownTitle} (${origin})`;
  const text = textTable(title, columns, rows.length);
  const send = runningCell();
  if (send === null) console.log(text);
  else send({ 'text/html': htmlTable(title, columns, rows.length), 'text/plain': text });
  for (const name of reports) {
    const at = names.indexOf(name);
    const heads = (columns[0] as WrittenColumn).cells;
    reportColumn(
      (columns[at] as WrittenColumn).title,
      heads,
      rows.map((row) => row[name]),
      provenance,
    );
  }
}

const isMeasured = (value: unknown): value is Measured =>
  typeof value === 'number' || isMeanAndDeviation(value);

/** Reports the numbers of a column; a cell without one, such as that of a control, is passed over. */
function reportColumn(
  heading: string,
  heads: readonly string[],
  values: readonly unknown[],
  provenance: Provenance,
): void {
  const { name, unit } = nameAndUnit(heading);
  const decimals = decimalsBelow(heading);
  values.forEach((value, row) => {
    if (!isMeasured(value)) return;
    const deviation = deviationOf(value);
    report(`${name}, ${heads[row]}`, meanOf(value), {
      ...provenance,
      ...(unit !== undefined && { unit }),
      ...(decimals !== undefined && { decimals }),
      ...(deviation !== undefined && { deviation }),
    });
  });
}

interface WrittenColumn {
  readonly title: string;
  readonly numeric: boolean;
  readonly cells: readonly string[];
}

function htmlTable(title: string, columns: readonly WrittenColumn[], rows: number): string {
  const align = ({ numeric }: WrittenColumn) => `style="text-align: ${numeric ? 'right' : 'left'}"`;
  const heading = columns.map(
    (column) => `<th scope="col" ${align(column)}>${escapeHtml(column.title)}</th>`,
  );
  const body = Array.from({ length: rows }, (_, row) => {
    const cells = columns.map((column, index) => {
      const content = escapeHtml(column.cells[row] as string);
      return index === 0
        ? `<th scope="row" ${align(column)}>${content}</th>`
        : `<td ${align(column)}>${content}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return (
    `<table><caption style="text-align: left">${escapeHtml(title)}</caption>` +
    `<thead><tr>${heading.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`
  );
}

function textTable(title: string, columns: readonly WrittenColumn[], rows: number): string {
  const padded = columns.map(({ title: heading, numeric, cells }) => {
    const width = Math.max(heading.length, ...cells.map((cell) => cell.length));
    return [heading, '-'.repeat(width), ...cells].map((cell) =>
      numeric ? cell.padStart(width) : cell.padEnd(width),
    );
  });
  const lines = Array.from({ length: rows + 2 }, (_, line) =>
    padded
      .map((column) => column[line])
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines].join('\n');
}
