import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Finding {
  readonly notebook: string;
  readonly cell?: number;
  readonly what: string;
  readonly fix: string;
}
interface Cell {
  readonly cell_type: 'markdown' | 'code';
  readonly source: string;
  readonly outputs?: readonly object[];
}

const tools = (name: string) => new URL(`../../tools/notebooks/${name}`, import.meta.url).href;
const { exercisePair }: { exercisePair(notebook: unknown, all: unknown[]): Finding[] } =
  await import(tools('exercise-rules.mjs'));
const { Notebook, readNotebooks } = (await import(tools('notebook.mjs'))) as {
  Notebook: new (path: string, content: { cells: readonly Cell[] }) => { path: string };
  readNotebooks(folder: string): { path: string }[];
};

const text = (source: string): Cell => ({ cell_type: 'markdown', source });
const code = (source: string, outputs: object[] = []): Cell => ({
  cell_type: 'code',
  source,
  outputs,
});

const HINT = text('## Task 1\n\n<details><summary>Hint</summary>Add them.</details>');
const OPEN = code('function sum(a: number, b: number): number {\n  return notAttempted();\n}');
const SOLVED = code('function sum(a: number, b: number): number {\n  return a + b;\n}');
const CHECK = code('check.sum(sum);');
const EXERCISE = [HINT, OPEN, CHECK];
const SOLUTION = [HINT, SOLVED, CHECK];

/** What is said of the pair; either notebook may be missing. */
function said(exercise: readonly Cell[] | null, solution: readonly Cell[] | null): string[] {
  const all = [
    ...(exercise ? [new Notebook('/course/exercises/1-sum.ipynb', { cells: exercise })] : []),
    ...(solution
      ? [new Notebook('/course/exercises/solutions/1-sum.ipynb', { cells: solution })]
      : []),
  ];
  return all.flatMap((notebook) => exercisePair(notebook, all)).map(({ what }) => what);
}

describe('an exercise and its solution', () => {
  it('may be as they should', () => {
    expect(said(EXERCISE, SOLUTION)).toEqual([]);
  });

  it('may import the answer of another task than theirs', () => {
    const imports = code("import { bagOfWords } from 'selfsup';");
    expect(said([imports, ...EXERCISE], [imports, ...SOLUTION])).toEqual([]);
  });

  it.each<[string, readonly Cell[] | null, readonly Cell[] | null, string[]]>([
    ['no solution', EXERCISE, null, ['it has no solution']],
    ['no exercise', null, SOLUTION, ['it has no exercise']],
    [
      'a solution with a placeholder left',
      EXERCISE,
      [HINT, OPEN, CHECK],
      ['the solution leaves a task open'],
    ],
    [
      'a solution that still imports the placeholder',
      EXERCISE,
      [code("import { notAttempted } from 'selfsup-course';"), ...SOLUTION],
      ['the solution leaves a task open'],
    ],
    [
      'a solution with another check',
      EXERCISE,
      [HINT, SOLVED, code('check.product(sum);')],
      ['it checks sum, its solution product', 'it checks product, its exercise sum'],
    ],
    [
      'an import of the answer, over several lines',
      [
        code("import {\n  bagOfWords, tf,\n} from 'selfsup';"),
        HINT,
        OPEN,
        code('check.bagOfWords(sum);'),
      ],
      [HINT, SOLVED, code('check.bagOfWords(sum);')],
      ['it imports bagOfWords, the answer to one of its tasks'],
    ],
    [
      'an exercise that is solved already',
      SOLUTION,
      SOLUTION,
      ['it has 1 checks and 0 open tasks'],
    ],
    [
      'a task and its check in one cell',
      [HINT, code(`${OPEN.source}\n\n${CHECK.source}`)],
      SOLUTION,
      ['a task and its check share a cell'],
    ],
    ['a task without a hint', [OPEN, CHECK], SOLUTION, ['it has 1 open tasks and 0 hints']],
    [
      'an exercise with outputs',
      [HINT, OPEN, code('check.sum(sum);', [{ output_type: 'stream' }])],
      SOLUTION,
      ['the exercise carries an output'],
    ],
  ])('are refused with %s', (_, exercise, solution, expected) => {
    expect(said(exercise, solution)).toEqual(expected);
  });

  it('leaves other notebooks alone', () => {
    const lesson = new Notebook('/course/03-sum.ipynb', { cells: [OPEN, CHECK] });
    expect(exercisePair(lesson, [lesson])).toEqual([]);
  });
});

describe('the course', () => {
  const course = readNotebooks(fileURLToPath(new URL('../../notebooks', import.meta.url)));

  it('has six exercises, each with its solution, and no placeholder left in one', () => {
    const pairs = course.filter(({ path }) => path.includes('/exercises/'));
    expect(pairs).toHaveLength(12);
    expect(pairs.flatMap((notebook) => exercisePair(notebook, course))).toEqual([]);
  });
});
