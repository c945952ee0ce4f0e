/** A grid of recipes, data sets and seeds: `npm run study -- NAME`. */
import { relative } from 'node:path';
import { OptionError } from '../../bench/options';
import { ROOT } from './configuration-process';
import { DaskEngine } from './dask-engine';
import { EngineError } from './engine';
import { loadStudy, studyNames } from './load-study';
import { LocalEngine } from './local-engine';
import { HELP, parseStudyOptions, type StudyOptions } from './options';
import { runStudy } from './study-run';

/** The command that makes the table again: what chooses configurations, not where they are measured. */
function commandOf(name: string, { choice, studies }: StudyOptions): string {
  const quoted = (word: string) => (/^[\w.,-]+$/.test(word) ? word : `"${word}"`);
  return [
    `npm run study -- ${name}`,
    ...(choice.seeds === null ? [] : [`--seeds ${choice.seeds.join(',')}`]),
    ...choice.only.map((recipe) => `--only ${quoted(recipe)}`),
    ...(choice.data.length === 0 ? [] : [`--data ${choice.data.join(',')}`]),
    ...(choice.scale === 1 ? [] : [`--scale ${choice.scale}`]),
    ...(relative(ROOT, studies) === 'studies' ? [] : [`--studies ${relative(ROOT, studies)}`]),
  ].join(' ');
}

async function main(): Promise<number> {
  const options = parseStudyOptions(process.argv.slice(2), process.env);
  const { name, studies, dask, jobs } = options;
  if (options.help || name === null) {
    console.log(`${HELP}\n\nStudies: ${studyNames(studies).join(', ') || 'none'}`);
    return 0;
  }
  const study = loadStudy(studies, name);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The second time somebody insists: the guards notice that this process is gone and end the others.
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  const engine =
    dask === null
      ? new LocalEngine(jobs, studies)
      : new DaskEngine({ ...options, address: dask }, studies);
  const stream = process.stdout;
  const commandFor = (some: Partial<StudyOptions['choice']>) =>
    commandOf(name, { ...options, choice: { ...options.choice, ...some } });
  return runStudy({
    name,
    study,
    options,
    engine,
    command: commandFor({}),
    wholeCommand: commandFor({ only: [], data: [] }),
    rowCommand: commandFor({ only: ['RECIPE NAME'] }),
    stream,
    signal: stop.signal,
  });
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const known = error instanceof OptionError || error instanceof EngineError;
    console.error(known ? (error as Error).message : error);
    process.exitCode = error instanceof OptionError ? 2 : 1;
  },
);
