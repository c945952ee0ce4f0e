import { barChart, type Figure, SeedSummary } from 'selfsup';
import { markdownTable } from '../../bench/results-document';
import type { Task } from './grid';
import type { StudyResult } from './result-file';
import type { Column, Study, StudyRow } from './study';

/** The rows of a table: recipes × data, in the order of the study. */
export function rowsOf(study: Study, results: readonly StudyResult[]): StudyRow[] {
  return Object.entries(study.recipes).flatMap(([recipe, parameters]) =>
    study.data.flatMap((data) => {
      const own = results
        .filter(({ configuration: of }) => of.recipe === recipe && of.data === data)
        .sort((a, b) => a.configuration.seed - b.configuration.seed);
      if (own.length === 0) return [];
      const seeds = own.map(({ configuration }) => configuration.seed);
      const summaries = Object.fromEntries(
        study.columns.map(({ name }) => [
          name,
          new SeedSummary(
            seeds,
            own.map(({ measured }) => measured[name] ?? Number.NaN),
          ),
        ]),
      );
      return [{ recipe, parameters, data, summaries }];
    }),
  );
}

function written(summary: SeedSummary | undefined, { unit, decimals }: Column): string {
  if (summary === undefined) return '–';
  return unit === 'percent' ? summary.percent(decimals ?? 1) : summary.toString(decimals ?? 2);
}

/** Mean ± sample standard deviation over seeds. A row with seeds of its own says which. */
export function studyTable(study: Study, rows: readonly StudyRow[]): string {
  const several = new Set(rows.map(({ data }) => data)).size > 1;
  return markdownTable({
    columns: [
      'recipe',
      ...(several ? ['data'] : []),
      ...study.columns.map(({ title }) => title),
      'seeds',
    ],
    rows: rows.map(({ recipe, data, summaries }) => [
      recipe,
      ...(several ? [data] : []),
      ...study.columns.map((column) => written(summaries[column.name], column)),
      Object.values(summaries)[0]?.seeds.join(', ') ?? '',
    ]),
  });
}

/** The study's own chart, or bars of its first column. */
export function studyChart(study: Study, rows: readonly StudyRow[]): Figure {
  const own = study.chart?.(rows);
  if (own) return own;
  const column = study.columns[0] as Column;
  const percent = column.unit === 'percent';
  const factor = percent ? 100 : 1;
  const several = new Set(rows.map(({ data }) => data)).size > 1;
  const valueLabel = percent ? `${column.title} (%)` : column.title;
  const bars = rows.flatMap(({ recipe, data, summaries }) => {
    const { mean = Number.NaN, deviation = Number.NaN } = summaries[column.name] ?? {};
    // A bar has an end.
    if (!Number.isFinite(mean)) return [];
    return {
      label: recipe,
      value: factor * mean,
      ...(Number.isFinite(deviation) && { deviation: factor * deviation }),
      ...(several && { group: data }),
    };
  });
  const text = rows.map((row) => `${row.recipe} ${written(row.summaries[column.name], column)}`);
  return barChart({
    title: study.title,
    description: `${column.title}, mean and deviation over seeds: ${text.join('; ')}.`,
    categoryLabel: 'recipe',
    valueLabel,
    bars,
  });
}

/** What the document is made of. */
export interface StudyDocument {
  readonly study: Study;
  readonly results: readonly StudyResult[];
  /** What the study's grid has besides; named below the table. */
  readonly missing: readonly Task[];
  /** Makes it again. */
  readonly command: string;
  /** Measures one recipe of it. */
  readonly rowCommand: string;
  /** File of the chart, beside the document, and its text alternative. */
  readonly chart: { readonly file: string; readonly text: string } | null;
}

/** `Not measured yet: 60 min, SimCLR (seeds 2, 3); …` */
function notMeasuredYet(missing: readonly Task[]): string {
  const several = new Set(missing.map(({ configuration }) => configuration.data)).size > 1;
  const seedsBy = new Map<string, number[]>();
  for (const { configuration: of } of missing) {
    const row = several ? `${of.recipe} · ${of.data}` : of.recipe;
    seedsBy.set(row, [...(seedsBy.get(row) ?? []), of.seed]);
  }
  const rows = [...seedsBy].map(
    ([row, seeds]) => `${row} (seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')})`,
  );
  return `**Not measured yet:** ${rows.join('; ')}.`;
}

/** Table, chart, command, and on what the numbers were measured. */
export function studyDocument({
  study,
  results,
  missing,
  command,
  rowCommand,
  chart,
}: StudyDocument): string {
  const rows = rowsOf(study, results);
  const distinct = (texts: readonly string[]) => [...new Set(texts)].sort();
  const machines = distinct(
    results.map(
      ({ machine: { processor, cores, instructions } }) =>
        `${cores} × ${processor} (${instructions.join(', ') || 'none of the vector instructions looked for'})`,
    ),
  );
  const versions = distinct(
    results.map(
      ({ version }) =>
        `${version.package}, commit ${version.commit.slice(0, 10)}${version.modified ? ' with changes' : ''}`,
    ),
  );
  const scales = distinct(results.map(({ configuration }) => `${configuration.scale}`));
  return `${[
    `# ${study.title}`,
    study.about,
    ...(scales.some((scale) => scale !== '1')
      ? [`**Budgets multiplied by ${scales.join(', ')}: these are no results of the study.**`]
      : []),
    'Mean ± sample standard deviation over seeds.',
    studyTable(study, rows),
    ...(missing.length === 0 ? [] : [notMeasuredYet(missing)]),
    ...(chart === null ? [] : [`![${chart.text}](${chart.file})`]),
    `Made by \`${command}\`; one row by \`${rowCommand}\`.`,
    [
      ...machines.map((machine) => `- ${machine}`),
      ...versions.map((version) => `- Version ${version}`),
    ].join('\n'),
  ].join('\n\n')}\n`;
}
