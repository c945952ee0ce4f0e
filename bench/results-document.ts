import { type Claim, NOT_MEASURED, type Verdict, verdictOf } from './claim';
import { disturbance, type Machine } from './machine';
import type { Row, RowResult, Table } from './row';
import type { SavedRow, SavedRun } from './saved-run';

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

/** What a claim has reached in a result; `undefined` where the row was not measured at all. */
function reachedIn(result: Pick<RowResult, 'findings' | 'failure'> | undefined, claim: Claim) {
  if (result?.failure !== undefined) {
    return { claim: claim.claim, reached: `failed: ${result.failure}`, met: false };
  }
  return verdictOf(claim, result?.findings[claim.id]);
}

/** One row as it is printed and saved, under a heading of the given level. */
export function rowSection(
  result: Omit<RowResult, 'engines' | 'charts'>,
  claims: readonly Claim[],
  level = 2,
): string {
  const { title, table, notes, failure } = result;
  const said = claims.map((claim) => {
    const verdict = reachedIn(result, claim);
    return `- ${verdict.claim}: **${verdict.reached}** ${mark(verdict)}`;
  });
  return [
    `${'#'.repeat(level)} ${title}`,
    table.rows.length === 0 ? '' : markdownTable(table),
    said.length === 0 && failure !== undefined ? `Failed: ${failure}` : said.join('\n'),
    notes.join(' '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Where rows were measured, for a column of the table. */
export interface ResultsColumn {
  readonly title: string;
  readonly results: readonly Omit<RowResult, 'engines' | 'charts'>[];
}

/** What is to be reached, in one table: a line for each claim, a column for each processor. */
export function summaryTable(rows: readonly Row[], columns: readonly ResultsColumn[]): string {
  return markdownTable({
    columns: ['work', 'must reach', ...columns.map(({ title }) => title)],
    rows: rows.flatMap(({ name, title, claims }) =>
      claims.map((claim, index) => [
        index === 0 ? title : '',
        claim.claim,
        ...columns.map(({ results }) => {
          const result = results.find((one) => one.name === name);
          const verdict = reachedIn(result, claim);
          return verdict.met === null ? NOT_MEASURED : `${verdict.reached} ${mark(verdict)}`;
        }),
      ]),
    ),
  });
}

/** The machine and the programs, for whoever compares. */
export function describeConditions(machine: Machine, engines: readonly string[]): string {
  const { processor, cores, memoryGiB, system, instructions, loadAverage, busy } = machine;
  const warning = disturbance(machine);
  return [
    `- ${processor}, ${cores} cores, ${memoryGiB.toFixed(0)} GiB memory, ${system}`,
    `- Instructions: ${instructions.join(', ') || 'none of those looked for'}` +
      `${instructions.some((name) => name.startsWith('amx')) ? '' : ' (no AMX)'}`,
    ...[...new Set(engines)].map((engine) => `- ${engine}`),
    `- Before the run: load average ${loadAverage.toFixed(2)}, others used ${(100 * busy).toFixed(0)} % of the cores`,
    ...(warning === null ? [] : [`- **${warning}**`]),
  ].join('\n');
}

/** The best that an instruction set tells about a processor, the strongest first. */
const FAMILIES = [
  ['amx_bf16', 'AMX'],
  ['avx512_bf16', 'AVX-512 with bfloat16'],
  ['avx512f', 'AVX-512'],
  ['bf16', 'bfloat16'],
  ['avx2', 'AVX2'],
] as const;

/** A heading for each processor, none like another. */
export function processorTitles(machines: readonly Machine[]): string[] {
  const short = machines.map(({ processor, cores, instructions }) => {
    const family = FAMILIES.find(([name]) => instructions.includes(name))?.[1];
    return [processor, ...(family ? [family] : []), `${cores} cores`].join(', ');
  });
  return short.map((title, index) => {
    const alone = short.filter((one) => one === title).length === 1;
    return alone ? title : `${title} (${machines[index]?.instructions.join(', ')})`;
  });
}

/** `RESULTS.md`: made of what is kept of every processor by `npm run bench -- --save`, never by hand. */
export function resultsDocument(runs: readonly SavedRun[], rows: readonly Row[]): string {
  const titles = processorTitles(runs.map(({ machine }) => machine));
  const columns = runs.map((run, index) => ({
    title: titles[index] as string,
    results: run.rows,
  }));
  const measured = runs.map((run, index) => runSection(run, titles[index] as string, rows));
  return `${[
    '# Speed, side by side',
    'The last run of every processor, from [results](results), by `npm run bench -- --save`; [README.md](README.md) says how to ' +
      'repeat it, with the Python environments it needs.',
    'A ratio is that of the medians (pipelines: means) over all rounds, with the least and most of a single round behind it. Every ' +
      "run is held against today's targets, an older one too.",
    summaryTable(rows, columns),
    ...measured.flat(),
  ].join('\n\n')}\n`;
}

/** What was measured on a processor. */
function runSection(run: SavedRun, title: string, rows: readonly Row[]): string[] {
  const { machine, date, minutes, engines, notes = [], rows: results } = run;
  const claimsOf = ({ name }: SavedRow): readonly Claim[] =>
    rows.find((row) => row.name === name)?.claims ?? [];
  return [
    `## ${title}`,
    `Measured on ${date.slice(0, 10)} in one run of ${minutes.toFixed(0)} minutes.`,
    describeConditions(machine, engines),
    ...notes,
    ...results.map((result) =>
      [
        rowSection(result, claimsOf(result), 3),
        ...Object.entries(result.charts ?? {}).map(([file, alt]) => `![${alt}](results/${file})`),
      ].join('\n\n'),
    ),
  ];
}
