import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderOption, readCommandLine, UsageError } from '../command-line.mjs';

/** The clone this file is in. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const PROFILES = ['quick', 'standard', 'full'];
const DATA_SETS = ['auto', 'cifar10', 'emoji'];
const TEXTS = ['auto', 'sst2', 'century'];

/**
 * Seconds. `limit` is what a notebook should keep on two cores, `exerciseLimit` what an exercise should: going over it is
 * reported, not failed, since machines differ. `notebook` and `cell` are time-outs: what is still running then hangs.
 */
const TIMES = {
  quick: { limit: 60, exerciseLimit: 60, notebook: 180, cell: 150 },
  standard: { limit: 360, exerciseLimit: 480, notebook: 1800, cell: 1500 },
  full: { limit: null, exerciseLimit: null, notebook: 24 * 3600, cell: 24 * 3600 },
};

/** With `--max-steps`, in any profile: what takes time then is evaluating and tracing. */
const CAPPED_TIMES = { limit: null, exerciseLimit: null, notebook: 1800, cell: 1500 };

export const HELP = `Executes the course's notebooks without a browser.

  npm run course -- [options]

  --profile NAME      quick, standard or full: how much work each notebook does
                      (default: $SELFSUP_PROFILE, else standard)
  --only LIST         which notebooks, by the beginning of their names: 03,07 or exercises/2 (default: all)
  --data NAME         cifar10, emoji, or auto: CIFAR-10 where it is here or, in standard and full, can be downloaded, else
                      Emoji (default: $SELFSUP_DATA, else auto)
  --text NAME         sentences of the exercise on sentiment: sst2, century, or auto: SST-2 where it can be had, else century
                      (default: $SELFSUP_TEXT, else auto)
  --max-steps N       to try out that all runs: no training takes more than N steps, no probe and no t-SNE more iterations;
                      the numbers then mean nothing
  --twice             run every cell a second time at once: one that prints something else goes on from what it has changed
                      before, and fails
  --out DIR           where executed notebooks and results.json go (default: course-output)
  --html              also write each executed notebook as one HTML file that needs no network
  --save              also write the outputs back into the notebooks, for committing: the data are then CIFAR-10 and SST-2
                      unless another is named
  --jobs N            how many notebooks run at once (default: 1)
  --dask ADDRESS      execute on a Dask cluster, such as tcp://10.0.0.1:8786, instead of here; see studies/README.md
  --clone PATH        the set-up clone on each Dask worker, of the same commit (default: the path of this one;
                      SELFSUP_CLONE in a worker's environment comes before both)
  --python PATH       a Python with Dask (default: SELFSUP_DASK_PYTHON, else python3)
  --timeout S         seconds a notebook may take (default: ${TIMES.quick.notebook} quick, ${TIMES.standard.notebook} standard, ${TIMES.full.notebook} full)
  --cell-timeout S    seconds a cell may take (default: ${TIMES.quick.cell} quick, ${TIMES.standard.cell} standard, ${TIMES.full.cell} full)
  --notebooks DIR     the folder of notebooks (default: notebooks)
  --help              this text

It ends with a table of the notebooks and the numbers they report, and with exit status 1 when one failed.`;

/** @throws UsageError with what is expected where a value is none of it */
function oneOf(option, value, allowed) {
  if (!allowed.includes(value)) {
    throw new UsageError(`${option} is "${value}"; expected one of ${allowed.join(', ')}.`);
  }
  return value;
}

function positiveWhole(option, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${option} is "${text}"; expected a whole number of at least 1.`);
  }
  return value;
}

/**
 * Reads the command line.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} environment
 * @throws UsageError on an unknown option or a value that makes no sense.
 */
export function courseOptions(args, environment) {
  const { values } = readCommandLine('npm run course -- --help', {
    args,
    options: {
      profile: { type: 'string' },
      only: { type: 'string', multiple: true },
      data: { type: 'string' },
      text: { type: 'string' },
      'max-steps': { type: 'string' },
      twice: { type: 'boolean', default: false },
      out: { type: 'string', default: join(root, 'course-output') },
      html: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      dask: { type: 'string' },
      clone: { type: 'string', default: root },
      python: { type: 'string' },
      timeout: { type: 'string' },
      'cell-timeout': { type: 'string' },
      notebooks: { type: 'string', default: join(root, 'notebooks') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const profileOption = values.profile === undefined ? 'SELFSUP_PROFILE' : '--profile';
  const dataOption = values.data === undefined ? 'SELFSUP_DATA' : '--data';
  const textOption = values.text === undefined ? 'SELFSUP_TEXT' : '--text';
  const profile = oneOf(
    profileOption,
    values.profile ?? (environment.SELFSUP_PROFILE || 'standard'),
    PROFILES,
  );
  const stepsOption = values['max-steps'] === undefined ? 'SELFSUP_MAX_STEPS' : '--max-steps';
  const steps = values['max-steps'] ?? environment.SELFSUP_MAX_STEPS;
  const maxSteps = steps === undefined || steps === '' ? null : positiveWhole(stepsOption, steps);
  if (maxSteps !== null && values.save) {
    throw new UsageError(`${stepsOption} and --save do not go together: its numbers mean nothing.`);
  }
  if (values.twice && (values.save || values.dask !== undefined)) {
    throw new UsageError(
      `--twice and ${values.save ? '--save' : '--dask'} do not go together: it looks for cells that are not fit to be run again.`,
    );
  }
  if (values.dask !== undefined && values.jobs !== undefined) {
    throw new UsageError(
      '--jobs and --dask do not go together: a cluster runs as many at once as its workers have threads.',
    );
  }
  if (values.dask === '') {
    throw new UsageError('--dask is empty; expected the address of a scheduler.');
  }
  const times = maxSteps === null ? TIMES[profile] : CAPPED_TIMES;
  // What is committed must not depend on what happens to be here.
  const [anyData, anyText] = values.save ? ['cifar10', 'sst2'] : ['auto', 'auto'];
  return {
    help: values.help,
    profile,
    data: oneOf(dataOption, values.data ?? (environment.SELFSUP_DATA || anyData), DATA_SETS),
    text: oneOf(textOption, values.text ?? (environment.SELFSUP_TEXT || anyText), TEXTS),
    maxSteps,
    twice: values.twice,
    only: (values.only ?? []).flatMap((list) => list.split(',')).filter((name) => name !== ''),
    out: folderOption('--out', values.out),
    html: values.html,
    save: values.save,
    jobs: positiveWhole('--jobs', values.jobs ?? '1'),
    dask: values.dask ?? null,
    clone: values.clone,
    python: values.python ?? (environment.SELFSUP_DASK_PYTHON || 'python3'),
    limit: times.limit,
    exerciseLimit: times.exerciseLimit,
    timeout: positiveWhole('--timeout', values.timeout ?? times.notebook),
    cellTimeout: positiveWhole('--cell-timeout', values['cell-timeout'] ?? times.cell),
    notebooks: folderOption('--notebooks', values.notebooks),
  };
}
