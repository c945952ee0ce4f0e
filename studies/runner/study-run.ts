import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { losslessJson, replaceFile } from 'selfsup/training/files';
import { formatDuration } from 'selfsup-course';
import { studyFileDigest } from './code-version';
import type { Outcome } from './configuration-process';
import type { Engine } from './engine';
import { labelOf, type Task, tasksOf } from './grid';
import type { StudyOptions } from './options';
import { Experience, ProgressDisplay } from './progress-display';
import { rowsOf, studyChart, studyDocument } from './report';
import { readResult, resultFile, type StudyResult, writeResult } from './result-file';
import { readSavedResults, savedRows, savedSeeds } from './saved-results';
import type { Study } from './study';

/** Exit status of a program ended by Ctrl-C. */
const INTERRUPTED = 130;

/** What a run needs. */
export interface StudyRun {
  readonly name: string;
  readonly study: Study;
  readonly options: StudyOptions;
  readonly engine: Engine;
  /** Makes table and chart again. */
  readonly command: string;
  /** The same without a choice of recipes and data sets. */
  readonly wholeCommand: string;
  /** Measures one recipe of it. */
  readonly rowCommand: string;
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Results that are kept already; one that cannot be read is named and measured anew. */
async function keptResults(
  tasks: readonly Task[],
  options: StudyOptions,
  say: (text: string) => void,
): Promise<Map<Task, StudyResult>> {
  const { name, studies, out, again, fromSaved } = options;
  const saved = join(studies, `${name}.json`);
  const kept = fromSaved ? await readSavedResults(saved, tasks) : new Map<Task, StudyResult>();
  for (const task of tasks) {
    const file = resultFile(out, task);
    if (again) await rm(file, { force: true });
    try {
      const result = await readResult(file, task);
      if (result !== null) kept.set(task, result);
    } catch (error) {
      say(`${(error as Error).message} It is measured again now.`);
    }
  }
  return kept;
}

/** A sentence where kept results were made by another text of the study than the present one. */
function olderResults(
  kept: ReadonlyMap<Task, StudyResult>,
  { name, options }: StudyRun,
): string | null {
  const present = studyFileDigest(join(options.studies, `${name}.ts`));
  const older = [...kept.values()].filter(({ version }) => version.studyFile !== present);
  if (older.length === 0) return null;
  return (
    `${older.length} of them were measured by another version of ${name}.ts, with the same recipes and revision. ` +
    'If the change touches numbers, measure them again with --again.'
  );
}

/**
 * Measures what is not yet kept, keeps each result as it arrives, and writes the table and the chart.
 *
 * @returns The exit status.
 */
export async function runStudy(run: StudyRun): Promise<number> {
  const { name, study, options, engine, stream, signal } = run;
  const display = new ProgressDisplay(stream);
  const say = (text: string) => display.say(text);
  const tasks = tasksOf(name, study, options.choice);
  const results = await keptResults(tasks, options, say);
  const experience = new Experience();
  for (const [task, { seconds }] of results) experience.add(task, seconds);
  const missing = tasks.filter((task) => !results.has(task));
  say(
    `${study.title}: ${tasks.length} configurations, ${results.size} kept in ${options.out}${options.fromSaved ? ' or saved beside the study' : ''}, ${missing.length} to measure.`,
  );
  const older = olderResults(results, run);
  if (older !== null) say(older);

  const open = new Set(missing);
  const notMeasurable = new Map<string, string>();
  const failures: Task[] = [];
  const onEnd = async (task: Task, outcome: Outcome): Promise<void> => {
    open.delete(task);
    const done = `${tasks.length - open.size} of ${tasks.length}`;
    if (outcome.kind === 'measured') {
      await writeResult(resultFile(options.out, task), outcome.result);
      results.set(task, outcome.result);
      experience.add(task, outcome.result.seconds);
      const left = open.size === 0 ? null : experience.secondsFor([...open], engine.width);
      const times = `${formatDuration(outcome.result.seconds)}${left === null ? '' : `, about ${formatDuration(left)} left`}`;
      display.end(task, `✓ ${done}: ${labelOf(task)} (${times})`);
    } else if (outcome.kind === 'not-measurable') {
      notMeasurable.set(task.configuration.recipe, outcome.reason);
      display.end(task, `– ${done}: ${labelOf(task)} is not measured here: ${outcome.reason}`);
    } else {
      failures.push(task);
      display.end(task, `✗ ${done}: ${labelOf(task)} FAILED\n${outcome.error}`);
    }
  };
  try {
    if (missing.length > 0) {
      await engine.run(
        missing,
        {
          onBegin: (task) => display.begin(task),
          onProgress: (task, progress) => display.advance(task, progress),
          onEnd,
          onNotice: say,
        },
        signal,
      );
    }
  } finally {
    display.close();
  }
  if (signal.aborted) {
    say(
      `Stopped; ${results.size} of ${tasks.length} are kept. The same command goes on from here.`,
    );
    return INTERRUPTED;
  }
  await writeReport(run, await reportOf(run, results, say), say);
  for (const [recipe, reason] of notMeasurable) say(`Not measured: ${recipe}: ${reason}`);
  if (failures.length === 0) return 0;
  say(
    `${failures.length} of ${tasks.length} failed: ${failures.map(labelOf).join('; ')}. ` +
      'Their errors stand above; the same command tries them again.',
  );
  return 1;
}

/** What a report is made of. */
interface Report {
  readonly results: readonly StudyResult[];
  /** What the study's grid has besides. */
  readonly missing: readonly Task[];
  /** Makes it again. */
  readonly command: string;
}

/**
 * What was chosen; but a part of the grid that is saved must not take the place of the rest, so then the report has all that
 * is saved or kept of the study's present recipes.
 */
async function reportOf(
  run: StudyRun,
  results: ReadonlyMap<Task, StudyResult>,
  say: (text: string) => void,
): Promise<Report> {
  const { name, study, options, command, wholeCommand } = run;
  const { choice, save, studies } = options;
  const chosen = choice.seeds ?? study.seeds;
  const isWhole =
    choice.only.length === 0 &&
    choice.data.length === 0 &&
    study.seeds.every((seed) => chosen.includes(seed));
  if (!save || isWhole) return { results: [...results.values()], missing: [], command };
  const saved = join(studies, `${name}.json`);
  const fromSaved = existsSync(saved);
  const before = fromSaved ? await savedSeeds(saved) : [];
  const seeds = [...new Set([...study.seeds, ...chosen, ...before])].sort((a, b) => a - b);
  const grid = tasksOf(name, study, { only: [], data: [], seeds, scale: 1 });
  const all = await keptResults(grid, { ...options, again: false, fromSaved }, say);
  return {
    results: [...all.values()],
    missing: grid.filter((task) => !all.has(task) && study.seeds.includes(task.configuration.seed)),
    command: wholeCommand,
  };
}

/** Prints table and command; writes document, chart and numbers into the folder and, with `--save`, beside the study. */
async function writeReport(
  { name, study, options, rowCommand }: StudyRun,
  { results, missing, command }: Report,
  say: (text: string) => void,
): Promise<void> {
  if (results.length === 0) return;
  const rows = rowsOf(study, results);
  const figure = studyChart(study, rows);
  const chart = { file: `${name}.png`, text: `${figure.title}. ${figure.description}` };
  const document = studyDocument({ study, results, missing, command, rowCommand, chart });
  const png = Buffer.from((await figure.png()).bytes);
  const numbers = Buffer.from(`${losslessJson(savedRows(study, results))}\n`);
  say(`\n${document}`);
  for (const folder of [options.out, ...(options.save ? [options.studies] : [])]) {
    const file = join(folder, `${name.toUpperCase()}.md`);
    await replaceFile(join(folder, chart.file), png);
    await replaceFile(join(folder, `${name}.json`), numbers);
    await replaceFile(file, Buffer.from(document));
    say(`Table and chart: ${file}`);
  }
}
