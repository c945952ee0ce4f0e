import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { assignmentNames, assignmentSource, solvedCell } from '../../tools/teach/assignment.mjs';

const ROOT = join(__dirname, '..', '..');

interface Cell {
  readonly cell_type: string;
  readonly id: string;
  readonly source: string | readonly string[];
  readonly metadata: {
    readonly nbgrader?: { readonly grade: boolean; readonly solution: boolean };
  };
}

const cellsOf = (notebook: unknown) => (notebook as { cells: Cell[] }).cells;
const textOf = ({ source }: Cell) => [source].flat().join('');
const hidden = /\/\/ BEGIN HIDDEN TESTS\n([\s\S]*)\n\/\/ END HIDDEN TESTS/;

/** As nbgrader's ClearSolutions leaves it. */
const cleared = (source: string) =>
  source.replace(/ {2}\/\/ BEGIN SOLUTION[\s\S]*\/\/ END SOLUTION/, '  return notAttempted();');

describe.each(assignmentNames(ROOT))('the assignment of exercise %s', (name) => {
  const cells = cellsOf(assignmentSource(ROOT, name));
  const exercise = readFileSync(join(ROOT, 'notebooks/exercises', `${name}.ipynb`), 'utf8');
  const open = cellsOf(JSON.parse(exercise)).map(textOf);

  it('has every task of the exercise, word for word once its solution is cleared', () => {
    const tasks = cells.filter(({ metadata }) => metadata.nbgrader?.solution).map(textOf);
    const asked = open.filter((one) => one.includes('return notAttempted()'));
    expect(tasks.map(cleared)).toEqual(asked);
    expect(tasks.join()).not.toContain('notAttempted');
  });

  it('imports what its texts recommend', () => {
    const [imports = ''] = cells.filter(({ id }) => id === 'imports').map(textOf);
    const program = `
      const offered = Object.keys(require('selfsup'));
      console.log('OFFERED ' + offered.join());`;
    const run = spawnSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' });
    const offered = new Set(/OFFERED (.*)/.exec(run.stdout)?.[1]?.split(','));
    expect(offered.size, run.stderr).toBeGreaterThan(50);
    const texts = cells.filter(({ cell_type }) => cell_type === 'markdown').map(textOf);
    const recommended = texts
      .flatMap((text) => [...text.matchAll(/`(\w+)[^`]*`/g)])
      .map(([, name = '']) => name)
      .filter((name) => offered.has(name));
    for (const name of recommended) expect(imports).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('speaks of nothing that the release leaves out, and links to no file', () => {
    const texts = cells.filter(({ cell_type }) => cell_type === 'markdown').map(textOf);
    for (const text of texts) {
      expect(text).not.toMatch(/(?:table|figure|lines?|cell) above/);
      expect(text).not.toMatch(/\]\((?!https?:)/);
    }
  });

  it('shows the exercise’s check and hides the points', () => {
    for (const cell of cells.filter(({ metadata }) => metadata.nbgrader?.grade)) {
      expect(open).toContain(textOf(cell).replace(hidden, '').trim());
      expect(textOf(cell)).toMatch(hidden);
    }
  });

  it('gives a solution all points, none for other inputs where it is altered, and none where nothing is returned', () => {
    const graded = cells.filter(({ metadata }) => metadata.nbgrader?.grade).map(textOf);
    const calls = graded.flatMap((source) => {
      const [, code = ''] = hidden.exec(source) ?? [];
      const found = /^([\s\S]*)require\(.*\.points\('(\w+)', \w+, (\w+), 4.*$/.exec(code);
      // What is random has no reference.
      if (found === null || found[3] === 'null') return [];
      return [
        { definition: found[1] as string, task: found[2] as string, reference: found[3] as string },
      ];
    });
    const imports = open.flatMap((source) => [
      ...source.matchAll(/import \{([\s\S]*?)\} from 'selfsup'/g),
    ]);
    const names = (imports[0]?.[1] ?? '').split(',').map((one) => one.trim());
    const values = names.filter((one) => one !== '' && !one.startsWith('type '));
    const program = `
      const { ${values.join(', ')} } = require('selfsup');
      const { notAttempted } = require('selfsup-course');
      const { points } = require(${JSON.stringify(join(ROOT, 'teaching/nbgrader/points.cjs'))});
      ${calls.map(({ definition }) => definition).join('\n')}
      const earned: Record<string, number[]> = {};
      ${calls
        .map(
          ({ task, reference }) =>
            `earned.${task} = [points('${task}', ${reference}, ${reference}, 4), ` +
            `points('${task}', (...all: any[]) => { const right: any = (${reference} as any)(...all); ` +
            'return typeof right === "number" ? 1.01 * right + 0.01 : Array.isArray(right) ? right.slice(1) : right.mean ' +
            `&& typeof right.mean === 'number' ? { ...right, mean: 0 } : right.add(0.01); }, ${reference}, 4), ` +
            `points('${task}', () => undefined, ${reference}, 4), points('${task}', () => notAttempted(), ${reference}, 4)];`,
        )
        .join('\n')}
      console.log('EARNED ' + JSON.stringify(earned));`;
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    });
    const preload = join(ROOT, 'teaching/nbgrader/watched-library.cjs');
    const run = spawnSync(process.execPath, ['--require', preload, '-e', outputText], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const [, json = ''] = /EARNED (.*)/.exec(run.stdout) ?? [];
    expect(json, run.stderr).not.toBe('');
    const earned = JSON.parse(json) as Record<string, [number, number, number, number]>;
    expect(Object.keys(earned)).toEqual(calls.map(({ task }) => task));
    for (const [task, [right, altered, ...nothing]] of Object.entries(earned)) {
      expect(right, task).toBe(4);
      expect(altered, task).toBeLessThan(2);
      expect(nothing, task).toEqual([0, 0]);
    }
  });
});

it('defines the constants that a solution takes from a cell without a task', () => {
  const cells = cellsOf(assignmentSource(ROOT, '1-augmentation-study'));
  const [imports] = cells.filter(({ id }) => id === 'imports').map(textOf);
  expect(imports).toMatch(/^const size = 20;\nconst flip = randomHorizontalFlip\(\);$/m);
});

it('refuses a task whose solution has another beginning, and an exercise that does not exist', () => {
  const open = 'function yours(a: number) {\n  return notAttempted();\n}';
  expect(() => solvedCell('9', open, 'function yours(b: number) {\n  return b;\n}')).toThrow(
    /agree/,
  );
  expect(() => assignmentSource(ROOT, '9-none')).toThrow(/There is no exercise "9-none".*3-moco/);
  expect(() => assignmentSource(ROOT, '')).toThrow(
    /No exercise was named; expected one of .*3-moco/,
  );
});
