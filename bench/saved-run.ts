import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from 'selfsup/training/files';
import type { Hardware, Machine } from './machine';
import type { RowResult } from './row';

/** What is kept of a row; its charts lie beside it, with their text alternatives by the name of the file. */
export type SavedRow = Omit<RowResult, 'engines' | 'charts'> & {
  readonly charts?: Readonly<Record<string, string>>;
};

/** The last whole run on a processor, `results/<name>.json`. */
export interface SavedRun {
  readonly machine: Machine;
  /** When it began, ISO 8601; the day alone where no more is known. */
  readonly date: string;
  readonly minutes: number;
  readonly engines: readonly string[];
  /** What a reader must know about this run. */
  readonly notes?: readonly string[];
  readonly rows: readonly SavedRow[];
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
  const expected = `${processorName(run.machine)}.json`;
  if (name !== expected) {
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
    row.findings !== null;
  if (!Array.isArray(rows) || !rows.every(complete)) return 'its rows are missing or incomplete';
  return run as SavedRun;
}

/**
 * Keeps a run in place of the last one on the same processor, with its charts, each file as a whole or not at all; the
 * runs of other processors stay.
 *
 * @throws SavedRunError when one of them cannot be read, or the one to be replaced; then nothing is written.
 */
export async function saveRun(
  run: Omit<SavedRun, 'rows'>,
  results: readonly RowResult[],
  folder = RESULTS,
): Promise<void> {
  await readSavedRuns(folder);
  const name = processorName(run.machine);
  const rows: SavedRow[] = [];
  for (const { engines: _, charts: drawn, ...row } of results) {
    const charts: Record<string, string> = {};
    for (const [chart, draw] of Object.entries(drawn ?? {})) {
      const figure = await draw();
      const file = `${name}-${chart}`;
      await replaceFile(join(folder, file), Buffer.from((await figure.png()).bytes));
      charts[file] = `${figure.title}. ${figure.description}`;
    }
    rows.push(drawn === undefined ? row : { ...row, charts });
  }
  const text = JSON.stringify({ ...run, rows }, null, 2);
  await replaceFile(join(folder, `${name}.json`), Buffer.from(`${text}\n`));
}
