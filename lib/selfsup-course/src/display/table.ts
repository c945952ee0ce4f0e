import { InvalidArgumentError } from 'selfsup';
import { escapeHtml } from './escape-html';
import { runningCell } from './running-cell';

/** How one column of a table is written. */
export interface Column {
  /** The heading. Default: the name of the field. */
  readonly title?: string;
  /** Writes a value. Default: numbers with at most three decimals and a thin space between thousands. */
  readonly format?: (value: unknown) => string;
}

/** Options of {@link table}. */
export interface TableOptions<R extends object> {
  /** What the table shows; it is read aloud before the table. */
  readonly title: string;
  /** The columns, in order. Default: the fields of the first row. */
  readonly columns?: Readonly<Partial<Record<keyof R & string, Column | string>>>;
}

function written(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(2);
  return value.toLocaleString('en-GB', { maximumFractionDigits: 3 });
}

/**
 * Shows records as a table: HTML with a caption and row headings in a notebook, aligned text elsewhere.
 *
 * @param rows One object per row; the first column heads its row.
 * @example table(results, { title: 'kNN accuracy', columns: { encoder: 'encoder', accuracy: 'accuracy (%)' } });
 * @throws InvalidArgumentError when there are no rows and no columns to show.
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
    return {
      title: column.title ?? name,
      numeric: rows.length > 0 && rows.every((row) => typeof row[name] === 'number'),
      cells: rows.map((row) => (column.format ?? written)(row[name])),
    };
  });
  const text = textTable(options.title, columns, rows.length);
  const send = runningCell();
  if (send === null) console.log(text);
  else send({ 'text/html': htmlTable(options.title, columns, rows.length), 'text/plain': text });
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
