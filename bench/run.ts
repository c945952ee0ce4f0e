/** Speed against the alternatives, side by side in one run: `npm run bench`. */
import { join } from 'node:path';
import { replaceFile } from 'selfsup/training/files';
import { describeMachine, disturbance } from './machine';
import { describeSaving } from './merge-runs';
import { type BenchOptions, OptionError, parseOptions } from './options';
import { type Programs, type PythonLibrary, pythonWith } from './python-library';
import { describeConditions, resultsDocument, rowSection, summaryTable } from './results-document';
import type { Row, RowResult } from './row';
import { ROWS } from './rows';
import { readSavedRuns, SavedRunError, saveRun } from './saved-run';

const NAMES = ROWS.map(({ name }) => name);

const HELP = `npm run bench -- [options]

Measures this project against tfjs-node and Python's TensorFlow and PyTorch, side by side, and prints the table.

  --only ROW,ROW   only these rows: ${NAMES.join(', ')}
  --quick          few repetitions: whether everything runs, and roughly how fast
  --python PATH    a Python that has tensorflow (default: SELFSUP_BENCH_PYTHON, else python3);
                   without one, its sides say "not measured". bench/README.md says how to make one
  --pytorch PATH   a Python that has torch (default: SELFSUP_BENCH_PYTORCH, else the other one);
                   without one, its sides say "not measured"
  --save           keep the rows in bench/results, once all is measured, and write bench/RESULTS.md
                   of all processors. A row takes the place of the last one on this processor
                   unless it lacks a side which that one has; rows not measured are kept
  --document       measure nothing; write bench/RESULTS.md of what is kept
  --help           this text`;

/** Looks for both libraries, and says which is missing. */
function findPrograms({ python, pytorch, save }: BenchOptions) {
  const programs: Partial<Record<PythonLibrary, string>> = {};
  const engines: string[] = [];
  for (const [library, program] of [
    ['tensorflow', python],
    ['pytorch', pytorch],
  ] as const) {
    const found = pythonWith(library, program);
    if ('missing' in found) {
      const kept = save ? ', and saved rows that have them are kept as they are' : '';
      console.warn(`${found.missing}: its sides are not measured${kept}. See bench/README.md.`);
    } else {
      programs[library] = program;
      engines.push(found.version);
    }
  }
  return { programs: programs as Programs, engines };
}

async function writeDocument(): Promise<void> {
  const document = resultsDocument(await readSavedRuns(), ROWS);
  await replaceFile(join(__dirname, 'RESULTS.md'), Buffer.from(document));
  console.log('bench/RESULTS.md has what is kept of all processors.');
}

async function main(options: BenchOptions): Promise<void> {
  // Before minutes of work: a file that cannot be read would be missing from the document.
  if (options.save) await readSavedRuns();
  const started = new Date();
  const machine = await describeMachine();
  const warning = disturbance(machine);
  if (warning !== null) console.warn(warning);
  const { programs, engines } = findPrograms(options);
  const bfloat16 = machine.instructions.some((name) => /bf16/.test(name));
  const rows = ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));

  const results: RowResult[] = [];
  for (const row of rows) {
    console.error(`… ${row.title}`);
    const result = await row
      .measure({ programs, bfloat16, quick: options.quick })
      .catch((error: unknown) => failedRow(row, error));
    results.push(result);
    engines.push(...result.engines);
    console.log(`\n${rowSection(result, row.claims)}\n`);
  }
  const minutes = (Date.now() - started.getTime()) / 60_000;
  const table = summaryTable(rows, [{ title: 'reached', results }]);
  console.log(
    `${describeConditions(machine, engines)}\n\n${table}\n\n${minutes.toFixed(1)} minutes.`,
  );
  if (!options.save) return;
  const date = started.toISOString();
  const run = { machine, date, minutes, engines: [...new Set(engines)] };
  console.log(`\n${describeSaving(await saveRun(run, results))}`);
  await writeDocument();
}

/** A row that failed must not cost those that were measured. */
function failedRow({ name, title }: Row, error: unknown): RowResult {
  process.exitCode = 1;
  console.error(error);
  const failure = `${(error as Error).message.split('\n')[0]}`;
  const table = { columns: [], rows: [] };
  return { name, title, table, findings: {}, failure, notes: [], sides: [], engines: [] };
}

async function run(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), NAMES, process.env);
  if (options.help) console.log(HELP);
  else if (options.document) await writeDocument();
  else await main(options);
}

run().catch((error: unknown) => {
  const expected = error instanceof OptionError || error instanceof SavedRunError;
  console.error(expected ? error.message : error);
  process.exitCode = 1;
});
