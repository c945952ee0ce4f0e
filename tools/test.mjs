// Everything that proves the course: `npm test`. `npm run test:unit` leaves out the notebooks and the browser.
// The stages run in order and stop at the first that fails; the last line counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSetupOrExit } from './setup.mjs';
import { closingLine, courseOutcome, FAILED, PASSED, sum, vitestOutcome } from './test/outcome.mjs';

const BROWSER_TESTS = 'test/notebooks/browser';

const { root, env } = await ensureSetupOrExit();
const reports = mkdtempSync(join(tmpdir(), 'selfsup-test-'));

let running;
function run(args, more = {}) {
  return new Promise((resolve) => {
    running = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, ...more },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    running.on('close', (code) => resolve(code ?? 1));
  });
}

function program(name, file) {
  return join(root, 'node_modules', name, file);
}

async function check(...args) {
  return (await run(args)) === 0 ? PASSED : FAILED;
}

async function vitest(name, args) {
  const report = join(reports, `${name}.json`);
  const status = await run([
    program('vitest', 'vitest.mjs'),
    ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...args,
  ]);
  return vitestOutcome(report, status);
}

/** On Emoji, the course runs as it does offline: on what comes with it alone. */
async function notebooks(data, ...more) {
  const out = join(reports, `course-${data}`);
  const args = ['--profile', 'quick', '--data', data, '--out', out, ...more];
  const variables = data === 'emoji' ? { SST2_DIR: '' } : {};
  return courseOutcome(
    join(out, 'results.json'),
    await run([join(root, 'tools/course.mjs'), ...args], variables),
  );
}

const lessons = readdirSync(join(root, 'notebooks')).filter((name) => name.endsWith('.ipynb'));

const unitStages = [
  ['Formatting and lint', () => check(program('@biomejs/biome', 'bin/biome'), 'check', '.')],
  ['Build and types of lib/', () => check(program('typescript', 'bin/tsc'), '-b')],
  [
    'Types of tests, examples and benchmarks',
    () => check(program('typescript', 'bin/tsc'), '-p', 'test'),
  ],
  [
    "Declarations under the kernel's TypeScript",
    () => check(join(root, 'tools/test/declaration-check.mjs')),
  ],
  ['Notebook rules and types', () => check(join(root, 'tools/check-notebooks.mjs'))],
  [
    'Unit tests',
    () => vitest('unit', ['--exclude', `${BROWSER_TESTS}*`, '--exclude', `${BROWSER_TESTS}/**`]),
  ],
];
const slowStages = [
  ['Notebooks, quick profile, Emoji', () => notebooks('emoji')],
  // Unsolved exercises run what their solutions run: once is enough.
  ...(env.CIFAR10_DIR
    ? [
        [
          'Notebooks, quick profile, CIFAR-10',
          () => notebooks('cifar10', '--only', [...lessons, 'exercises/solutions'].join(',')),
        ],
      ]
    : []),
  ['JupyterLab in a browser', () => vitest('browser', [BROWSER_TESTS])],
];
const stages = process.argv.includes('--unit') ? unitStages : [...unitStages, ...slowStages];

/** Runs the stages up to the first that fails. */
async function runStages() {
  const outcomes = [];
  for (const [index, [title, work]] of stages.entries()) {
    console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}`);
    const started = Date.now();
    const outcome = await work();
    outcomes.push(outcome);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(
      `${outcome.failed === 0 ? '✓' : '✗'} ${title}: ${closingLine(outcome)} (${seconds} s)`,
    );
    if (outcome.failed > 0) {
      const left = stages.slice(index + 1).map(([name]) => name);
      if (left.length > 0) console.log(`\nNot run: ${left.join(' · ')}`);
      break;
    }
  }
  return sum(outcomes);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill(signal);
    rmSync(reports, { recursive: true, force: true });
    process.exit(130);
  });
}
const total = await runStages();
rmSync(reports, { recursive: true, force: true });
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
