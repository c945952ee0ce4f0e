import type { Machine } from './machine';
import type { RowResult, Table, Verdict } from './row';

const MARKS = { true: '✓', false: '✗ missed', null: '–' };

export function mark({ met }: Verdict): string {
  return MARKS[`${met}`];
}

/** A GitHub-flavoured table, its columns aligned as the formatter of this repository wants them. */
export function markdownTable({ columns, rows }: Table): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = columns.map((_, column) =>
    Math.max(3, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[], fill = ' '): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line([], '-'), ...body.map((row) => line(row))].join('\n');
}

/** One row as it is printed and saved. */
export function rowSection({ title, table, verdicts, notes }: RowResult): string {
  const said = verdicts.map(
    (verdict) => `- ${verdict.claim}: **${verdict.reached}** ${mark(verdict)}`,
  );
  return [
    `## ${title}`,
    table.rows.length === 0 ? '' : markdownTable(table),
    said.join('\n'),
    notes.join(' '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What was to be reached, in one table. */
export function summaryTable(results: readonly RowResult[]): string {
  return markdownTable({
    columns: ['work', 'must reach', 'reached', ''],
    rows: results.flatMap(({ title, verdicts }) =>
      verdicts.map((verdict, index) => [
        index === 0 ? title : '',
        verdict.claim,
        verdict.reached,
        mark(verdict),
      ]),
    ),
  });
}

/** The machine and the programs, for whoever compares. */
export function describeConditions(
  machine: Machine,
  engines: readonly string[],
  warning: string | null,
): string {
  const { processor, cores, memoryGiB, system, instructions, loadAverage, busy } = machine;
  return [
    `- ${processor}, ${cores} cores, ${memoryGiB.toFixed(0)} GiB memory, ${system}`,
    `- Instructions: ${instructions.join(', ') || 'none of those looked for'}` +
      `${instructions.some((name) => name.startsWith('amx')) ? '' : ' (no AMX)'}`,
    ...[...new Set(engines)].map((engine) => `- ${engine}`),
    `- Before the run: load average ${loadAverage.toFixed(2)}, others used ${(100 * busy).toFixed(0)} % of the cores`,
    ...(warning === null ? [] : [`- **${warning}**`]),
  ].join('\n');
}

export interface ResultsDocument {
  readonly results: readonly RowResult[];
  readonly conditions: string;
  /** When the run began. */
  readonly date: Date;
  readonly minutes: number;
  /** Text alternatives of the charts by the name of their file. */
  readonly charts: Readonly<Record<string, string>>;
}

/** `RESULTS.md`: made by `npm run bench -- --save`, never by hand. */
export function resultsDocument({
  results,
  conditions,
  date,
  minutes,
  charts,
}: ResultsDocument): string {
  return `${[
    '# Speed, side by side',
    `Measured on ${date.toISOString().slice(0, 10)} in one run of ${minutes.toFixed(0)} minutes by \`npm run bench -- --save\`; ` +
      '[README.md](README.md) says how to repeat it, with the Python environment it needs.',
    conditions,
    'A ratio is that of the medians (pipelines: means) over all rounds, with the least and most of a single round behind it.',
    summaryTable(results),
    ...results.map((result) =>
      [
        rowSection(result),
        ...Object.keys(result.charts ?? {}).map((file) => `![${charts[file]}](${file})`),
      ].join('\n\n'),
    ),
  ].join('\n\n')}\n`;
}
