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
  const { cells } = JSON.parse(readFileSync(notebook, 'utf8')) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  return cells
    .filter(({ cell_type }) => cell_type === 'markdown')
    .flatMap(({ source }) => headings([source].flat().join('')).map(({ text }) => text));
}
