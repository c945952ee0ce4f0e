import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}
interface OutcomeModule {
  closingLine(outcome: Outcome): string;
  courseOutcome(file: string, status: number): Outcome;
  sum(outcomes: Outcome[]): Outcome;
  vitestOutcome(file: string, status: number): Outcome;
}
const MODULE: string = '../../../tools/test/outcome.mjs';

let folder: string;
let closingLine: OutcomeModule['closingLine'];
let courseOutcome: OutcomeModule['courseOutcome'];
let sum: OutcomeModule['sum'];
let vitestOutcome: OutcomeModule['vitestOutcome'];
beforeEach(async () => {
  ({ closingLine, courseOutcome, sum, vitestOutcome } = (await import(MODULE)) as OutcomeModule);
  folder = mkdtempSync(join(tmpdir(), 'selfsup-outcome-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function report(value: unknown): string {
  const file = join(folder, 'report.json');
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

const CLEAN = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, testResults: [] };

describe('vitest', () => {
  it('counts passed, failed and skipped', () => {
    const counts = { ...CLEAN, numFailedTests: 2, numTodoTests: 1 };
    expect(vitestOutcome(report(counts), 1)).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(vitestOutcome(report({ ...CLEAN, testResults }), 1).failed).toBe(1);
  });

  it('never passes without a report, without tests, or with a bad exit status', () => {
    expect(vitestOutcome(join(folder, 'none.json'), 0).failed).toBe(1);
    expect(vitestOutcome(report('{"numPassed'), 0).failed).toBe(1);
    expect(
      vitestOutcome(report({ ...CLEAN, numPassedTests: 0, numPendingTests: 0 }), 0).failed,
    ).toBe(1);
    expect(vitestOutcome(report(CLEAN), 1)).toEqual({ passed: 5, failed: 1, skipped: 1 });
  });

  it('does not count a skipped test as passed', () => {
    const skipped = { ...CLEAN, numPassedTests: 0, numPendingTests: 1 };
    expect(vitestOutcome(report(skipped), 0)).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });
});

describe('notebooks', () => {
  it('counts each, and needs at least one', () => {
    const notebooks = [{ failure: null }, { failure: { kind: 'error' } }, {}];
    expect(courseOutcome(report({ notebooks }), 1)).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(courseOutcome(report({ notebooks: [] }), 0).failed).toBe(1);
    expect(courseOutcome(join(folder, 'none.json'), 0).failed).toBe(1);
  });
});

it('adds up, and says skipped only when something was', () => {
  const total = sum([
    { passed: 3, failed: 0, skipped: 1 },
    { passed: 1, failed: 2, skipped: 0 },
  ]);
  expect(closingLine(total)).toBe('4 passed, 2 failed, 1 skipped');
  expect(closingLine({ passed: 4, failed: 0, skipped: 0 })).toBe('4 passed, 0 failed');
});
