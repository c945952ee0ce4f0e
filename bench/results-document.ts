import { type Claim, NOT_MEASURED, type Verdict, verdictOf } from './claim';
import { disturbance, type Machine } from './machine';
import type { Row, RowReport, Table } from './row';
import { type MeasuredRun, runsOf, type SavedRow, type SavedRun } from './saved-run';

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
function reachedIn(result: RowReport | undefined, claim: Claim) {
  if (result?.failure !== undefined) {
    return { claim: claim.claim, reached: `failed: ${result.failure}`, met: false };
  }
  return verdictOf(claim, result?.findings[claim.id]);
}

/** One row as it is printed and saved, under a heading of the given level. */
export function rowSection(result: RowReport, claims: readonly Claim[], level = 2): string {
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
  /** With the day of those that the last run has not measured. */
  readonly results: readonly (RowReport & { readonly day?: string })[];
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
          if (verdict.met === null) return NOT_MEASURED;
          const day = result?.day === undefined ? '' : ` (${result.day})`;
          return `${verdict.reached} ${mark(verdict)}${day}`;
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

/** The day of each run; with the time of day where two are of one day. */
function daysOf(runs: readonly MeasuredRun[]): string[] {
  const days = runs.map(({ date }) => date.slice(0, 10));
  return runs.map(({ date }, index) => {
    const day = days[index] as string;
    const alone = days.filter((one) => one === day).length === 1;
    return alone || date.length === day.length ? day : `${day}, ${date.slice(11, 19)} UTC`;
  });
}

/** `RESULTS.md`: made of what is kept of every processor by `npm run bench -- --save`, never by hand. */
export function resultsDocument(runs: readonly SavedRun[], rows: readonly Row[]): string {
  const titles = processorTitles(runs.map(({ machine }) => machine));
  const columns = runs.map((run, index) => ({
    title: titles[index] as string,
    results: resultsOf(run),
  }));
  const measured = runs.map((run, index) => processorSection(run, titles[index] as string, rows));
  const older = runs.some(({ earlier = [] }) => earlier.length > 0)
    ? ' Where a day stands behind a number, that row is of an earlier run, for the last one did not measure it with all its sides; ' +
      'the sides of a ratio are always of one run.'
    : '';
  return `${[
    '# Speed, side by side',
    'The last run of every processor, from [results](results), by `npm run bench -- --save`; [README.md](README.md) says how to ' +
      'repeat it, with the Python environments it needs.',
    'A ratio is that of the medians (pipelines: means) over all rounds, with the least and most of a single round behind it. Every ' +
      `run is held against today's targets, an older one too.${older}`,
    summaryTable(rows, columns),
    ...measured.flat(),
  ].join('\n\n')}\n`;
}

/** All rows that are kept of a processor. */
function resultsOf(run: SavedRun): ResultsColumn['results'] {
  const measured = runsOf(run);
  const days = daysOf(measured);
  return measured.flatMap(({ rows }, index) =>
    index === 0 ? rows : rows.map((row) => ({ ...row, day: days[index] as string })),
  );
}

/** What was measured on a processor: the last run, then what is kept of earlier ones. */
function processorSection(run: SavedRun, title: string, rows: readonly Row[]): string[] {
  const [last, ...earlier] = runsOf(run) as [MeasuredRun, ...MeasuredRun[]];
  const [lastDay, ...days] = daysOf([last, ...earlier]);
  const follow =
    earlier.length === 0
      ? ''
      : ' The rows that it did not measure with all their sides follow, under the run that did.';
  return [
    `## ${title}`,
    `Measured on ${lastDay} in one run of ${last.minutes.toFixed(0)} minutes.${follow}`,
    ...runSection(last, rows, 3),
    ...earlier.flatMap((one, index) => [
      `### Kept of the run of ${days[index]}`,
      `Measured in a run of ${one.minutes.toFixed(0)} minutes; no later one has measured this with all its sides.`,
      ...runSection(one, rows, 4),
    ]),
  ];
}

/** The conditions of a run and its rows, under headings of the given level. */
function runSection(run: MeasuredRun, rows: readonly Row[], level: number): string[] {
  const { machine, engines, notes = [], rows: results } = run;
  const claimsOf = ({ name }: SavedRow): readonly Claim[] =>
    rows.find((row) => row.name === name)?.claims ?? [];
  return [
    describeConditions(machine, engines),
    ...notes,
    ...results.map((result) =>
      [
        rowSection(result, claimsOf(result), level),
        ...Object.entries(result.charts ?? {}).map(([file, alt]) => `![${alt}](results/${file})`),
      ].join('\n\n'),
    ),
  ];
}
