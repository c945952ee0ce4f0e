import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  firstFailure?: string;
  retried?: string[];
}
interface StageResult {
  title: string;
  outcome: Outcome;
}
interface Stage {
  title: string;
  work(start: (args: string[]) => Promise<number>): Promise<Outcome>;
}
interface StageModule {
  runStages(
    groups: Stage[][],
    surroundings: {
      run(): Promise<{ status: number; text: string }>;
      jobs: number;
      print(text: string): void;
    },
  ): Promise<StageResult[]>;
}
interface OutcomeModule {
  closingLines(stages: StageResult[]): string;
  closingLine(outcome: Outcome): string;
  courseOutcome(file: string, status: number): Outcome;
  sum(outcomes: Outcome[]): Outcome;
  vitestOutcome(file: string, status: number): Outcome;
}
const MODULE: string = '../../../tools/test/outcome.mjs';
const STAGE_MODULE: string = '../../../tools/test/stage.mjs';

let folder: string;
let closingLine: OutcomeModule['closingLine'];
let closingLines: OutcomeModule['closingLines'];
let runStages: StageModule['runStages'];
let courseOutcome: OutcomeModule['courseOutcome'];
let sum: OutcomeModule['sum'];
let vitestOutcome: OutcomeModule['vitestOutcome'];
beforeEach(async () => {
  ({ closingLine, closingLines, courseOutcome, sum, vitestOutcome } = (await import(
    MODULE
  )) as OutcomeModule);
  ({ runStages } = (await import(STAGE_MODULE)) as StageModule);
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
    expect(vitestOutcome(report(CLEAN), 1)).toMatchObject({ passed: 5, failed: 1, skipped: 1 });
  });

  it('does not count a skipped test as passed', () => {
    const skipped = { ...CLEAN, numPassedTests: 0, numPendingTests: 1 };
    expect(vitestOutcome(report(skipped), 0)).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });

  it('names a test that passed only at the second attempt', () => {
    const flaky = `import { expect, it } from 'vitest';
      let attempts = 0;
      it('is late', () => { attempts += 1; expect(attempts).toBe(2); });
      it('is in time', () => { expect(1).toBe(1); });`;
    writeFileSync(join(folder, 'flaky.test.ts'), flaky);
    const file = join(folder, 'report.json');
    const vitest = join(__dirname, '../../../node_modules/vitest/vitest.mjs');
    const args = ['run', '--retry=1', '--reporter=json', `--outputFile.json=${file}`];
    // Node finds vitest from here, not from the temporary folder.
    symlinkSync(join(__dirname, '../../../node_modules'), join(folder, 'node_modules'));
    const { status } = spawnSync(process.execPath, [vitest, ...args, '--root', folder]);
    const outcome = vitestOutcome(file, status ?? 1);
    expect(outcome).toMatchObject({ passed: 2, failed: 0 });
    expect(outcome.retried).toEqual([
      expect.stringMatching(/flaky\.test\.ts: is late: AssertionError: expected 1 to be 2/),
    ]);
    expect(closingLines([{ title: 'Unit tests', outcome }]).split('\n')).toEqual([
      expect.stringMatching(/^Passed only at the second attempt: Unit tests: .*is late/),
      '2 passed, 0 failed',
    ]);
  });
});

describe('notebooks', () => {
  it('counts each, and needs at least one', () => {
    const notebooks = [{ failure: null }, { failure: { kind: 'error' } }, {}];
    expect(courseOutcome(report({ notebooks }), 1)).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 0,
    });
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

describe('the last lines of npm test', () => {
  const passed = { passed: 4, failed: 0, skipped: 0 };

  it('name the first failed test with its file and error, before the counts', () => {
    const testResults = [
      { name: '/a/passes.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
      {
        name: join(process.cwd(), 'test/fails.test.ts'),
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'sum of none' },
          {
            status: 'failed',
            fullName: 'sum of two',
            failureMessages: ['Error: 3 is not 2\n    at …'],
          },
        ],
      },
    ];
    const outcome = vitestOutcome(report({ ...CLEAN, numFailedTests: 1, testResults }), 1);
    const lines = closingLines([
      { title: 'Lint', outcome: passed },
      { title: 'Unit tests', outcome },
    ]).split('\n');
    expect(lines).toEqual([
      'First failure: Unit tests: test/fails.test.ts: sum of two: Error: 3 is not 2',
      '9 passed, 1 failed, 1 skipped',
    ]);
  });

  it('name a file that could not be loaded', () => {
    const testResults = [
      { name: 'a.test.ts', status: 'failed', message: 'Cannot find x\nmore', assertionResults: [] },
    ];
    const outcome = vitestOutcome(report({ ...CLEAN, testResults }), 1);
    expect(outcome.firstFailure).toBe('a.test.ts: could not be loaded: Cannot find x');
  });

  it('name the notebook and its cell', () => {
    const notebooks = [
      { notebook: '00-a', failure: null },
      { notebook: '01-b', failure: { kind: 'error', message: 'TypeError: x\n at', number: 5 } },
    ];
    const outcome = courseOutcome(report({ notebooks }), 1);
    expect(outcome.firstFailure).toBe('01-b, code cell [5]: TypeError: x');
  });

  it('name the stage of a command that says no more', () => {
    const outcome = { passed: 0, failed: 1, skipped: 0 };
    expect(closingLines([{ title: 'Lint', outcome }])).toMatch(
      /^First failure: Lint: .+\n0 passed, 1 failed$/,
    );
  });

  it('are the counts alone when nothing failed', () => {
    expect(closingLines([{ title: 'Lint', outcome: passed }])).toBe('4 passed, 0 failed');
  });
});

describe('stages', () => {
  const stage = (title: string, outcome: Outcome, ms = 0) => ({
    title,
    work: async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return outcome;
    },
  });
  const good = { passed: 1, failed: 0, skipped: 0 };
  const bad = { passed: 0, failed: 1, skipped: 0 };
  const run = async () => ({ status: 0, text: '' });

  it('of a group all run, results are in order, and a failure keeps later groups from running', async () => {
    const said: string[] = [];
    const results = await runStages(
      [[stage('slow', bad, 30), stage('fast', good)], [stage('later', good)]],
      { run, jobs: 2, print: (text) => said.push(text) },
    );
    expect(results.map(({ title }) => title)).toEqual(['slow', 'fast']);
    expect(said.at(-1)).toContain('Not run: later');
  });

  it('print what a command of a group said under its own title', async () => {
    const said: string[] = [];
    const speaking = {
      title: 'speaking',
      work: async (start: (args: string[]) => Promise<number>) => {
        await start([]);
        return good;
      },
    };
    await runStages([[speaking, stage('silent', good)]], {
      run: async () => ({ status: 0, text: 'hear this\n' }),
      jobs: 1,
      print: (text) => said.push(text),
    });
    expect(said[0]).toMatch(/── speaking .*\nhear this\n✓ speaking: 1 passed, 0 failed/s);
  });
});
