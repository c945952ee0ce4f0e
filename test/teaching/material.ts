import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { headings } from '../../tools/notebooks/markdown.mjs';
import { Notebook } from '../../tools/notebooks/notebook.mjs';

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

const read = new Map<string, Notebook>();

/** A notebook by its path. Many plans, quizzes and links ask for the same one. */
export function readNotebook(path: string): Notebook {
  let notebook = read.get(path);
  if (notebook === undefined) {
    notebook = new Notebook(path, JSON.parse(readFileSync(path, 'utf8')));
    read.set(path, notebook);
  }
  return notebook;
}

/** The headings of a notebook, as plain text. */
export function headingsOf(path: string): string[] {
  return readNotebook(path).markdownCells.flatMap(({ source }) =>
    headings(source).map(({ text }) => text),
  );
}
