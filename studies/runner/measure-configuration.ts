/** The process of one configuration: measure-configuration.ts STUDIES-FOLDER TASK; see configuration-process.ts. */
import { writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseLosslessJson } from 'selfsup/training/files';
import { describeHardware } from '../../bench/machine';
import { codeVersion } from './code-version';
import { type Message, messageLine, type Outcome, ROOT } from './configuration-process';
import { digestOf, type Task } from './grid';
import { loadStudy } from './load-study';
import { NotMeasurableHere } from './study';

/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 500;

/** Written at once, so that nothing is lost where a native library ends the process. */
function say(message: Message): void {
  writeSync(1, messageLine(message));
}

async function measure(folder: string, task: Task): Promise<Outcome> {
  const { configuration, digest } = task;
  const study = loadStudy(folder, task.study);
  const parameters = study.recipes[configuration.recipe];
  const own = parameters && digestOf(task.study, study.revision, { ...configuration, parameters });
  if (own !== digest) {
    throw new Error(
      `The clone in ${ROOT} has another "${configuration.recipe}" in its studies/${task.study}.ts; ` +
        'expected the recipe and revision of the clone that runs the study. Bring both to the same commit.',
    );
  }
  let reported = 0;
  const started = performance.now();
  const measured = await study.measure(configuration, {
    onProgress: (progress) => {
      if (performance.now() - reported < PROGRESS_MS) return;
      reported = performance.now();
      say({ progress });
    },
  });
  const seconds = (performance.now() - started) / 1000;
  for (const { name } of study.columns) {
    if (typeof measured[name] !== 'number') {
      throw new Error(
        `measure returned ${Object.keys(measured).join(', ') || 'nothing'}; expected a number named "${name}", a column of the study.`,
      );
    }
  }
  const version = codeVersion(ROOT, join(folder, `${task.study}.ts`));
  const result = {
    study: task.study,
    digest,
    configuration,
    measured,
    seconds,
    finished: new Date().toISOString(),
    version,
    machine: describeHardware(),
  };
  return { kind: 'measured', result };
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof NotMeasurableHere) return { kind: 'not-measurable', reason: error.message };
  return { kind: 'failed', error: error instanceof Error ? `${error.stack}` : `${error}` };
}

// Standard output belongs to the messages; what a study prints goes where errors go.
for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error;

const [folder = '', task = ''] = process.argv.slice(2);
measure(resolve(ROOT, folder), parseLosslessJson(task) as Task)
  .catch(outcomeOf)
  .then((outcome) => {
    say({ outcome });
    // Nothing the study left open keeps the process.
    process.exit(outcome.kind === 'failed' ? 1 : 0);
  });
