import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assignmentNames } from '../../tools/teach/assignment.mjs';

const ROOT = join(__dirname, '..', '..');
/** On CI the first command of the round trip installs it, as it does for a teacher. */
const installed =
  existsSync(join(ROOT, 'teaching/nbgrader/.venv/selfsup-requirements.stamp')) ||
  Boolean(process.env.CI);
/** Seconds for a cell. The one that never ends takes them all; an honest one takes less than a second, and printing a million lines about five. */
const CELL_SECONDS = '60';
const NAME = '3-moco';
const TASKS = ['momentumUpdate', 'momentumSchedule', 'memoryQueue', 'infoNceLoss', 'keyGroups'];

interface Cell {
  id: string;
  cell_type: string;
  source: string | string[];
  metadata: { nbgrader?: { grade_id: string } };
}
interface Notebook {
  cells: Cell[];
}

const idOf = (cell: Cell) => cell.metadata.nbgrader?.grade_id ?? '';
const textOf = (cell: Cell) => [cell.source].flat().join('');

/** The solution's function of each task. */
function solutions(name: string): Map<string, string> {
  const file = join(ROOT, 'notebooks/exercises/solutions', `${name}.ipynb`);
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  const found = new Map<string, string>();
  for (const [at, cell] of cells.entries()) {
    const check = /^check\.(\w+)\(/.exec(textOf(cells[at + 1] ?? cell))?.[1];
    if (check !== undefined && cell.cell_type === 'code') found.set(check, textOf(cell));
  }
  return found;
}

describe.skipIf(!installed)(
  `nbgrader${installed ? '' : ' (skipped: nbgrader is not installed; npm run teach -- release installs it)'}`,
  () => {
    let course: string;
    let handedIn: string;
    let grades: Map<string, number>;
    let said = '';
    let others: string;
    let exported = '';
    const early: string[] = [];
    const released = (folder = course, name = NAME) =>
      JSON.parse(readFileSync(join(folder, 'release', name, `${name}.ipynb`), 'utf8')) as Notebook;

    async function run(folder: string, args: string[]): Promise<{ status: unknown; text: string }> {
      const child = spawn(process.execPath, ['tools/teach.mjs', ...args, '--course', folder], {
        cwd: ROOT,
        env: { ...process.env, SELFSUP_TEACH_TIMEOUT: CELL_SECONDS, SELFSUP_GRADING_SEED: '7' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          text += chunk;
        });
      }
      const status = await new Promise((resolve) => child.on('close', resolve));
      return { status, text };
    }

    async function succeed(folder: string, ...args: string[]): Promise<string> {
      const { status, text } = await run(folder, args);
      expect(status, `${args.join(' ')}\n${text}`).toBe(0);
      return text;
    }

    async function teach(...args: string[]): Promise<void> {
      said += await succeed(course, ...args);
    }

    /** Every other exercise with its own solution, while the endless submissions take their time. */
    async function gradeSolutions(): Promise<void> {
      for (const name of assignmentNames(ROOT).filter((one) => one !== NAME)) {
        await succeed(others, 'release', name);
        const notebook = released(others, name);
        const right = solutions(name);
        for (const cell of notebook.cells) {
          const answer = right.get(idOf(cell).replace(/-answer$/, ''));
          if (idOf(cell).endsWith('-answer') && answer !== undefined) cell.source = answer;
        }
        const from = join(others, 'handed-in', name);
        mkdirSync(from, { recursive: true });
        writeFileSync(join(from, `fred_${name} (1).ipynb`), JSON.stringify(notebook));
        await succeed(others, 'collect', name, from);
        await succeed(others, 'grade', name);
      }
      exported = await succeed(others, 'export');
    }

    async function tooEarly(...args: string[]): Promise<void> {
      const { status, text } = await run(course, args);
      expect(status, text).toBe(1);
      early.push(text);
    }

    /** Writes the answers into the released notebook. */
    function handIn(
      student: string,
      answers: Map<string, string>,
      change: (notebook: Notebook) => void = () => {},
    ): void {
      const notebook = released();
      for (const cell of notebook.cells) {
        const answer = answers.get(idOf(cell).replace(/-answer$/, ''));
        if (idOf(cell).endsWith('-answer') && answer !== undefined) cell.source = answer;
      }
      change(notebook);
      writeFileSync(join(handedIn, `${student}_${NAME}.ipynb`), JSON.stringify(notebook));
    }

    function submissions(): void {
      const right = solutions(NAME);
      handIn('right', right);
      handIn(
        'partly',
        new Map([
          ...right,
          // Leaves tensors behind: one property of four.
          [
            'momentumUpdate',
            (right.get('momentumUpdate') as string).replace(/tf\.tidy\(\(\) => (.*)\);/, '$1;'),
          ],
          ['infoNceLoss', '// later'],
        ]),
      );
      handIn('empty', new Map());
      handIn(
        'cheating',
        new Map([
          [
            'momentumSchedule',
            'function yourMomentumSchedule(step: number, totalSteps: number, start: number): number {\n  return momentumSchedule({ start: start })(step, totalSteps);\n}',
          ],
          [
            'infoNceLoss',
            "function yourInfoNce(...all: any[]): any {\n  return (require('selfsup') as any)['info' + 'NceLoss'](...all);\n}",
          ],
          ['memoryQueue', 'const yourEnqueue = enqueued;'],
        ]),
      );
      handIn(
        'endless',
        new Map([
          ...right,
          [
            'momentumSchedule',
            'function yourMomentumSchedule(step: number, totalSteps: number, start: number): number {\n  for (;;);\n}',
          ],
          [
            'memoryQueue',
            "function yourEnqueue(queue: tf.Tensor2D, keys: tf.Tensor2D): tf.Tensor2D {\n  throw new Error('thrown');\n}",
          ],
          [
            'infoNceLoss',
            `let printed = false;\n${(right.get('infoNceLoss') as string).replace('{\n  return', '{\n  if (!printed) for (let line = 0; line < 1_000_000; line++) console.log(line);\n  printed = true;\n  return')}`,
          ],
        ]),
      );
      handIn('tampered', right, (notebook) => {
        // Edits one check, deletes another, spoils a third answer.
        for (const cell of notebook.cells) {
          if (idOf(cell) === 'momentumUpdate-answer') cell.source = 'const yourMomentumUpdate = 0;';
          if (idOf(cell) === 'momentumUpdate-check') cell.source = '4';
        }
        notebook.cells = notebook.cells.filter((cell) => idOf(cell) !== 'memoryQueue-check');
      });
      // And one that ends its kernel, after everything else.
      handIn(
        'quits',
        new Map([
          ...right,
          ['keyGroups', 'function yourKeysAmongStrangers(): any {\n  process.exit(1);\n}'],
        ]),
      );
    }

    beforeAll(async () => {
      mkdirSync(join(ROOT, 'course-output'), { recursive: true });
      course = mkdtempSync(join(ROOT, 'course-output', 'grading-'));
      others = mkdtempSync(join(ROOT, 'course-output', 'grading-'));
      handedIn = join(course, 'handed-in');
      mkdirSync(handedIn);
      await tooEarly('export');
      await tooEarly('grade', NAME);
      await teach('release', NAME);
      await tooEarly('grade', NAME);
      submissions();
      writeFileSync(join(handedIn, `Müller_${NAME}.ipynb`), '{}');
      await teach('collect', NAME, handedIn);
      await Promise.all([teach('grade', NAME), gradeSolutions()]);
      await teach('export');
      const [head = '', ...lines] = readFileSync(join(course, 'grades.csv'), 'utf8')
        .trim()
        .split('\n');
      const columns = head.split(',');
      grades = new Map(
        lines.map((line) => {
          const fields = line.split(',');
          return [
            fields[columns.indexOf('student_id')] as string,
            Number(fields[columns.indexOf('score')]),
          ];
        }),
      );
    }, 3_600_000);
    afterAll(() => {
      for (const folder of [course, others]) rmSync(folder, { recursive: true, force: true });
    });

    it('says what comes first, without starting nbgrader', () => {
      expect(early[0]).toContain('Nothing was graded yet');
      expect(early[1]).toContain(
        `${NAME} was never released; run "npm run teach -- release ${NAME}"`,
      );
      expect(early[2]).toContain(`Nothing was collected for ${NAME}; run`);
      expect(early.join()).not.toMatch(/Traceback|App \|/);
    });

    it('gives each exercise’s own solution full points, as it stands', () => {
      const names = assignmentNames(ROOT).filter((name) => name !== NAME);
      const grades = names.map((name) => {
        const points = 4 * solutions(name).size;
        return `${name}, fred: ${points} of ${points}`;
      });
      expect(exported.split('\n').filter((line) => line.includes(', fred: '))).toEqual(grades);
    });

    it('releases the tasks without solutions and without the hidden part', () => {
      const text = released().cells.map(textOf).join('\n');
      expect(text).not.toMatch(/BEGIN SOLUTION|HIDDEN TESTS|SELFSUP_POINTS|function reference/);
      expect(text.match(/return notAttempted\(\)/g)).toHaveLength(TASKS.length);
    });

    it('says whose work it collected and which files it left out', () => {
      expect(said).toContain(`Left out, for they are not named like ann_${NAME}.ipynb`);
      expect(said).toContain(`Müller_${NAME}.ipynb. Rename them`);
      expect(said).toContain(
        'Collected 7: cheating, empty, endless, partly, quits, right, tampered.',
      );
    });

    it('grades every submission, whatever it does', () => {
      expect(Object.fromEntries(grades), said).toEqual({
        right: 20,
        // 3.5 for the tensors left behind, 0 for what was not written.
        partly: 15.5,
        empty: 0,
        cheating: 0,
        // The schedule never ends, the queue throws; a million lines cost nothing.
        endless: 12,
        // The edited check is put back and finds no function; the deleted one is put back and passes.
        tampered: 16,
        quits: 16,
      });
    });

    it('names the cells that were edited or deleted, and no others', () => {
      expect(said.match(/(?:Edited|Missing grade) cell \S+/g)).toEqual([
        'Edited cell momentumUpdate-check,',
        'Missing grade cell memoryQueue-check',
      ]);
      expect(said).not.toMatch(/has changed!/);
    });

    it('prints the grades', () => {
      expect(said).toContain(`${NAME}, partly: 15.5 of 20\n`);
    });

    it('writes a page of feedback for each, with what held', () => {
      for (const student of grades.keys()) {
        const folder = join(course, 'feedback', student, NAME);
        expect(readdirSync(folder)).toContain(`${NAME}.html`);
      }
      const page = readFileSync(join(course, 'feedback/partly', NAME, `${NAME}.html`), 'utf8');
      expect(page).toContain('not: tidies its tensors');
      const cheating = readFileSync(
        join(course, 'feedback/cheating', NAME, `${NAME}.html`),
        'utf8',
      );
      expect(cheating).toContain('which earns nothing');
      for (const one of [page, cheating]) {
        expect(one).not.toMatch(/HIDDEN TESTS|reference(?:InfoNce|Enqueue)|SELFSUP_POINTS|<script/);
        expect(one).toContain('<math');
        expect(one).toMatch(/href="#infoNceLoss-check">infoNceLoss</);
      }
      expect(said).not.toContain('is not a writable location');
    });
  },
);
