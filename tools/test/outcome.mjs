import { existsSync, readFileSync } from 'node:fs';

/** What a stage counts. */
export const PASSED = { passed: 1, failed: 0, skipped: 0 };
export const FAILED = { passed: 0, failed: 1, skipped: 0 };

export function sum(outcomes) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of outcomes) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

function readJson(file) {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}

/** A command that failed without a failed test (a crash, an error outside tests, no report) counts as one failure. */
function withExitStatus(outcome, status) {
  return status !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
}

/** Counts from vitest's JSON report. A file that could not even be loaded counts as one failure. */
export function vitestOutcome(reportFile, status) {
  const report = readJson(reportFile);
  if (report === undefined) return FAILED;
  const unloaded = report.testResults.filter(
    ({ status: state, assertionResults }) =>
      state === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const outcome = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
  // No test at all is a broken set of tests, not a passed one.
  if (outcome.passed + outcome.failed + outcome.skipped === 0) return FAILED;
  return withExitStatus(outcome, status);
}

/** Counts from the results.json of `tools/course.mjs`: one for each notebook. */
export function courseOutcome(resultsFile, status) {
  const results = readJson(resultsFile);
  if (results === undefined || results.notebooks.length === 0) return FAILED;
  const failed = results.notebooks.filter(({ failure }) => failure != null).length;
  return withExitStatus({ passed: results.notebooks.length - failed, failed, skipped: 0 }, status);
}

/** `12 passed, 0 failed`, and `, 1 skipped` when something was. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
