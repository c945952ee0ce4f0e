import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from 'selfsup/training/files';
import type { Hardware, Machine } from './machine';
import { mergeRuns, type Saving } from './merge-runs';
import type { RowReport, RowResult } from './row';

/** What is kept of a row; its charts lie beside it, with their text alternatives by the name of the file. */
export type SavedRow = RowReport & {
  /** Ids of the sides that were measured. Files written before this was kept do not say. */
  readonly sides?: readonly string[];
  readonly charts?: Readonly<Record<string, string>>;
};

/** What was measured in one run on one processor. */
export interface MeasuredRun {
  readonly machine: Machine;
  /** When it began, ISO 8601; the day alone where no more is known. */
  readonly date: string;
  readonly minutes: number;
  readonly engines: readonly string[];
  /** What a reader must know about this run. */
  readonly notes?: readonly string[];
  readonly rows: readonly SavedRow[];
}

/** What is kept of a processor, `results/<name>.json`: the last run that replaced a row or brought a new one. */
export interface SavedRun extends MeasuredRun {
  /** The runs before it, the last first, with those rows that no later run could replace. */
  readonly earlier?: readonly MeasuredRun[];
}

/** The last run of a processor and those before it of which rows are kept. */
export function runsOf({ earlier = [], ...last }: SavedRun): MeasuredRun[] {
  return [last, ...earlier];
}

/** Where the run of each processor is kept. */
export const RESULTS = join(__dirname, 'results');

/** A file that is no saved run: it is left alone, and nothing is written in its place. */
export class SavedRunError extends Error {}

/**
 * The name of a processor's files. Virtual machines say little about their processor ("AMD EPYC"), so its instructions
 * are part of it; so is the number of cores.
 */
export function processorName({ processor, cores, instructions }: Hardware): string {
  return [processor.replace(/\((?:r|tm)\)/gi, ''), `${cores} cores`, ...instructions]
    .join(' ')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** The run of every processor, by the names of their files. @throws SavedRunError naming a file that is something else. */
export async function readSavedRuns(folder = RESULTS): Promise<SavedRun[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = files.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  return Promise.all(names.map((name) => readSavedRun(folder, name)));
}

async function readSavedRun(folder: string, name: string): Promise<SavedRun> {
  const file = join(folder, name);
  const run = checkedRun(await readFile(file, 'utf8'));
  if (typeof run === 'string') {
    throw new SavedRunError(
      `${file} is no result of npm run bench -- --save (${run}). It was left as it is, and nothing is saved beside it: ` +
        'restore it from git, or move it away and measure that processor anew.',
    );
  }
  for (const { machine } of runsOf(run)) {
    const expected = `${processorName(machine)}.json`;
    if (name === expected) continue;
    throw new SavedRunError(
      `${file} holds the run of a processor whose file is ${expected}. It was left as it is: rename or remove it.`,
    );
  }
  return run;
}

/** The run, or what is wrong with the text. */
function checkedRun(text: string): SavedRun | string {
  let run: Partial<SavedRun> | null;
  try {
    run = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  const { earlier = [] } = run ?? {};
  if (!Array.isArray(earlier)) return 'its earlier runs are no list';
  const wrong = [run, ...earlier].map(wrongWith).find((found) => found !== null);
  if (wrong !== undefined) return wrong;
  const names = runsOf(run as SavedRun).flatMap(({ rows }) => rows.map((row) => row.name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? (run as SavedRun) : `the row ${twice} is in it twice`;
}

/** What keeps something from being a run, if anything does. */
function wrongWith(run: Partial<MeasuredRun> | null): string | null {
  const { machine, date, minutes, engines, rows } = run ?? {};
  const { processor, system, instructions, cores, memoryGiB, loadAverage, busy } = machine ?? {};
  if (
    typeof processor !== 'string' ||
    typeof system !== 'string' ||
    !Array.isArray(instructions) ||
    ![cores, memoryGiB, loadAverage, busy].every(Number.isFinite)
  ) {
    return 'its machine is missing or incomplete';
  }
  if (Number.isNaN(Date.parse(date ?? '')) || typeof minutes !== 'number') {
    return 'its date or its minutes are missing';
  }
  if (!Array.isArray(engines)) return 'its engines are missing';
  const complete = (row: Partial<SavedRow> | null): boolean =>
    typeof row?.name === 'string' &&
    typeof row.title === 'string' &&
    Array.isArray(row.table?.columns) &&
    Array.isArray(row.table.rows) &&
    Array.isArray(row.notes) &&
    typeof row.findings === 'object' &&
    row.findings !== null &&
    (row.sides === undefined || Array.isArray(row.sides));
  if (!Array.isArray(rows) || !rows.every(complete)) return 'its rows are missing or incomplete';
  return null;
}

/**
 * Keeps the rows of a run with their charts, each file as a whole or not at all, and of the same processor those rows that they do
 * not replace (`mergeRuns`); the runs of other processors stay.
 *
 * @throws SavedRunError when one of them cannot be read, or the one to be replaced; then nothing is written.
 */
export async function saveRun(
  run: Omit<MeasuredRun, 'rows'>,
  results: readonly RowResult[],
  folder = RESULTS,
): Promise<Saving> {
  const name = processorName(run.machine);
  const all = await readSavedRuns(folder);
  const last = all.find(({ machine }) => processorName(machine) === name);
  const { accepted, kept, earlier } = mergeRuns(last ? runsOf(last) : [], results);
  const saving = { saved: accepted.map((row) => row.name), kept };
  if (accepted.length === 0) return saving;
  const rows: SavedRow[] = [];
  for (const { engines: _, charts: drawn, sides, ...numbers } of accepted) {
    const measured = sides.filter((side) => side.measured).map(({ id }) => id);
    const row = { ...numbers, sides: measured };
    const charts: Record<string, string> = {};
    for (const [chart, draw] of Object.entries(drawn ?? {})) {
      const figure = await draw();
      const file = `${name}-${chart}`;
      await replaceFile(join(folder, file), Buffer.from((await figure.png()).bytes));
      charts[file] = `${figure.title}. ${figure.description}`;
    }
    rows.push(drawn === undefined ? row : { ...row, charts });
  }
  const merged: SavedRun = { ...run, rows, ...(earlier.length > 0 && { earlier }) };
  const text = JSON.stringify(merged, null, 2);
  await replaceFile(join(folder, `${name}.json`), Buffer.from(`${text}\n`));
  return saving;
}
