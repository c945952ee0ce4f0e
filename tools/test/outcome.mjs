import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

/**
 * What a stage counts.
 *
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} [firstFailure] the first thing that failed, in a line: a test with its file, or a notebook
 * @property {string[]} [retried] tests that failed once and then passed, each in a line with its first error
 */

/**
 * The parts of vitest's JSON report that are read here.
 *
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} [numTodoTests]
 * @property {VitestFile[]} testResults
 *
 * @typedef {object} VitestFile
 * @property {string} [name] path of the file
 * @property {string} status
 * @property {string} [message] why the file could not be loaded
 * @property {{ status: string, fullName?: string, failureMessages?: string[] | null }[]} assertionResults
 */

/** @type {Readonly<Outcome>} */
export const PASSED = { passed: 1, failed: 0, skipped: 0 };
/** @type {Readonly<Outcome>} */
export const FAILED = { passed: 0, failed: 1, skipped: 0 };

/**
 * @param {Outcome[]} outcomes
 * @returns {Outcome} their sums, and the first of their first failures
 */
export function sum(outcomes) {
  /** @type {Outcome} */
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped, firstFailure } of outcomes) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    if (firstFailure !== undefined) total.firstFailure ??= firstFailure;
  }
  return total;
}

/** @param {string} file */
function readJson(file) {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A command that failed without a failed test (a crash, an error outside tests, no report) counts as one failure.
 *
 * @param {Outcome} outcome
 * @param {number} status
 * @returns {Outcome}
 */
function withExitStatus(outcome, status) {
  return status !== 0 && outcome.failed === 0
    ? {
        ...outcome,
        failed: 1,
        firstFailure: `no test failed, but the command ended with exit status ${status}; what it printed is above`,
      }
    : outcome;
}

/** @param {string} text */
function firstLine(text) {
  return text.trim().split('\n')[0] ?? '';
}

/** @param {VitestFile} file */
function isUnloaded({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}

/**
 * A test with its file and the first line of its error.
 *
 * @param {VitestFile} file
 * @param {VitestFile['assertionResults'][number] | undefined} test
 */
function inALine(file, test) {
  const path = file.name ?? '';
  const where = isAbsolute(path) ? relative(process.cwd(), path) : path;
  const what = test === undefined ? 'could not be loaded' : (test.fullName ?? '');
  const why = firstLine(test?.failureMessages?.[0] ?? file.message ?? '');
  return [where, what, why].filter((part) => part !== '').join(': ');
}

/** @param {VitestFile[]} files */
function firstFailedTest(files) {
  const file = files.find(({ status }) => status === 'failed');
  return (
    file &&
    inALine(
      file,
      file.assertionResults.find(({ status }) => status === 'failed'),
    )
  );
}

/**
 * Tests that passed at a second attempt: those keep the error of the first.
 *
 * @param {VitestFile[]} files
 */
function retriedTests(files) {
  return files.flatMap((file) =>
    file.assertionResults
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages?.length)
      .map((test) => inALine(file, test)),
  );
}

/**
 * Counts from vitest's JSON report. A file that could not even be loaded counts as one failure.
 *
 * @param {string} reportFile
 * @param {number} status vitest's exit status
 * @returns {Outcome}
 */
export function vitestOutcome(reportFile, status) {
  /** @type {VitestReport | undefined} */
  const report = readJson(reportFile);
  if (report === undefined) {
    return { ...FAILED, firstFailure: `vitest left no report (exit status ${status})` };
  }
  const first = firstFailedTest(report.testResults);
  const retried = retriedTests(report.testResults);
  const outcome = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(isUnloaded).length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    ...(first === undefined ? {} : { firstFailure: first }),
    ...(retried.length === 0 ? {} : { retried }),
  };
  // No test at all is a broken set of tests, not a passed one.
  if (outcome.passed + outcome.failed + outcome.skipped === 0) {
    return { ...FAILED, firstFailure: 'vitest found no test' };
  }
  return withExitStatus(outcome, status);
}

/**
 * Counts from the results.json of `tools/course.mjs`: one for each notebook.
 *
 * @param {string} resultsFile
 * @param {number} status exit status of the run
 * @returns {Outcome}
 */
export function courseOutcome(resultsFile, status) {
  /** @type {{ notebooks: { notebook?: string, failure?: { message?: string, number?: number } | null }[] } | undefined} */
  const results = readJson(resultsFile);
  if (results === undefined || results.notebooks.length === 0) {
    return { ...FAILED, firstFailure: `no notebook was executed (exit status ${status})` };
  }
  const failures = results.notebooks.filter(({ failure }) => failure != null);
  const [first] = failures;
  const cell = first?.failure?.number === undefined ? '' : `, code cell [${first.failure.number}]`;
  const parts = [`${first?.notebook ?? ''}${cell}`, firstLine(first?.failure?.message ?? '')];
  return withExitStatus(
    {
      passed: results.notebooks.length - failures.length,
      failed: failures.length,
      skipped: 0,
      ...(first && { firstFailure: parts.filter((part) => part !== '').join(': ') }),
    },
    status,
  );
}

/**
 * `12 passed, 0 failed`, and `, 1 skipped` when something was.
 *
 * @param {Outcome} outcome
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * The last lines of `npm test`: what passed only at a second attempt, the first failure, and the counts.
 *
 * @param {{ title: string, outcome: Outcome }[]} stages those that ran, in order
 */
export function closingLines(stages) {
  const lines = stages.flatMap(({ title, outcome }) =>
    (outcome.retried ?? []).map((test) => `Passed only at the second attempt: ${title}: ${test}`),
  );
  const failed = stages.find(({ outcome }) => outcome.failed > 0);
  if (failed !== undefined) {
    const what = failed.outcome.firstFailure ?? 'what it printed is above, under its title';
    lines.push(`First failure: ${failed.title}: ${what}`);
  }
  return [...lines, closingLine(sum(stages.map(({ outcome }) => outcome)))].join('\n');
}
