/** Speed against the alternatives, side by side in one run: `npm run bench`. */
import { join } from 'node:path';
import type { Figure } from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import { describeMachine, disturbance } from './machine';
import { type BenchOptions, OptionError, parseOptions } from './options';
import { pythonWithTensorFlow } from './python-with-tensorflow';
import { describeConditions, resultsDocument, rowSection, summaryTable } from './results-document';
import type { Row, RowResult } from './row';
import { ROWS } from './rows';

const NAMES = ROWS.map(({ name }) => name);

const HELP = `npm run bench -- [options]

Measures this project against tfjs-node and Python, side by side, and prints the table.

  --only ROW,ROW   only these rows: ${NAMES.join(', ')}
  --quick          few repetitions: whether everything runs, and roughly how fast
  --python PATH    a Python that has tensorflow (default: SELFSUP_BENCH_PYTHON, else python3);
                   without one, its rows say "not measured". bench/README.md says how to make one
  --save           write bench/RESULTS.md and its charts, once all is measured
  --help           this text`;

async function main(options: BenchOptions): Promise<void> {
  const started = new Date();
  const machine = await describeMachine();
  const warning = disturbance(machine);
  if (warning !== null) console.warn(warning);
  const found = pythonWithTensorFlow(options.python);
  if ('missing' in found) {
    console.warn(`${found.missing}: its rows are not measured. See bench/README.md.`);
  }
  const engines: string[] = 'version' in found ? [found.version] : [];
  const python = 'version' in found ? options.python : null;
  const bfloat16 = machine.instructions.some((name) => /bf16/.test(name));
  const rows = ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));

  const results: RowResult[] = [];
  for (const row of rows) {
    console.error(`… ${row.title}`);
    const result = await row
      .measure({ python, bfloat16, quick: options.quick })
      .catch((error: unknown) => failedRow(row, error));
    results.push(result);
    engines.push(...result.engines);
    console.log(`\n${rowSection(result)}\n`);
  }
  const conditions = describeConditions(machine, engines, warning);
  const minutes = (Date.now() - started.getTime()) / 60_000;
  console.log(`${conditions}\n\n${summaryTable(results)}\n\n${minutes.toFixed(1)} minutes.`);
  if (!options.save) return;
  const figures = new Map<string, Figure>();
  for (const [file, draw] of results.flatMap((result) => Object.entries(result.charts ?? {}))) {
    figures.set(file, await draw());
  }
  const charts = Object.fromEntries(
    [...figures].map(([file, { title, description }]) => [file, `${title}. ${description}`]),
  );
  const document = resultsDocument({ results, conditions, date: started, minutes, charts });
  await replaceFile(join(__dirname, 'RESULTS.md'), Buffer.from(document));
  for (const [file, figure] of figures) {
    await replaceFile(join(__dirname, file), Buffer.from((await figure.png()).bytes));
  }
  console.log('Saved in bench/RESULTS.md.');
}

/** A row that failed must not cost those that were measured. */
function failedRow({ title }: Row, error: unknown): RowResult {
  process.exitCode = 1;
  console.error(error);
  const reached = `failed: ${(error as Error).message.split('\n')[0]}`;
  const verdicts = [{ claim: 'to be measured', reached, met: false }];
  return { title, table: { columns: [], rows: [] }, verdicts, notes: [], engines: [] };
}

async function run(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), NAMES, process.env);
  if (options.help) console.log(HELP);
  else await main(options);
}

run().catch((error: unknown) => {
  console.error(error instanceof OptionError ? error.message : error);
  process.exitCode = 1;
});
