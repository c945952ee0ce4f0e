import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { headings } from '../../tools/notebooks/markdown.mjs';

const ROOT = join(__dirname, '../..');
export const TEACHING = join(ROOT, 'teaching');
export const NOTEBOOKS = join(ROOT, 'notebooks');

/** One question of a quiz. */
export interface QuizQuestion {
  readonly question: string;
  readonly options: Readonly<Record<string, string>>;
  readonly answer: string;
  readonly because: string;
  readonly heading: string;
}

/** A quiz as it stands in its file. */
export interface Quiz {
  readonly lesson: string;
  readonly questions: readonly QuizQuestion[];
}

const namesIn = (folder: string, extension: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .map((file) => basename(file, extension))
    .sort();

export const lessons = namesIn(NOTEBOOKS, '.ipynb');
export const plans = namesIn(join(TEACHING, 'lessons'), '.md');
export const quizzes = namesIn(join(TEACHING, 'quizzes'), '.yaml');

export function readPlan(lesson: string): string {
  return readFileSync(join(TEACHING, 'lessons', `${lesson}.md`), 'utf8');
}

export function readQuiz(lesson: string): Quiz {
  return parse(readFileSync(join(TEACHING, 'quizzes', `${lesson}.yaml`), 'utf8')) as Quiz;
}

interface Cell {
  readonly cell_type: string;
  readonly source: string | string[];
  readonly outputs?: readonly {
    readonly text?: string | string[];
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
}

function cellsOf(notebook: string): Cell[] {
  return (JSON.parse(readFileSync(notebook, 'utf8')) as { cells: Cell[] }).cells;
}

const joined = (text: unknown) => [text ?? ''].flat().join('');

const numbers = new Map<string, number[]>();

/** Every number that a reader of the executed notebook finds: in its text, its tables and its reports. */
export function numbersOf(notebook: string): number[] {
  let all = numbers.get(notebook);
  if (all === undefined) {
    const text = cellsOf(notebook)
      .flatMap(({ source, outputs = [] }) => [
        joined(source),
        ...outputs.flatMap((output) => [joined(output.text), joined(output.data?.['text/plain'])]),
      ])
      .join('\n');
    all = [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([found]) =>
      Number(found.replaceAll(',', '')),
    );
    numbers.set(notebook, all);
  }
  return all;
}

const found = new Map<string, string[]>();

/** The headings of a notebook, as plain text. Many plans and links ask for those of one notebook. */
export function headingsOf(notebook: string): string[] {
  let texts = found.get(notebook);
  if (texts === undefined) {
    texts = readHeadings(notebook);
    found.set(notebook, texts);
  }
  return texts;
}

function readHeadings(notebook: string): string[] {
  return cellsOf(notebook)
    .filter(({ cell_type }) => cell_type === 'markdown')
    .flatMap(({ source }) => headings(joined(source)).map(({ text }) => text));
}
