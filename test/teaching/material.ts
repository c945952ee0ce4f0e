import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { anchorOf, blocks, headings } from '../../tools/notebooks/markdown.mjs';
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

/** What stands in a notebook under some of its headings, given as the anchors of links, with the headings below them. */
export function sectionsOf(path: string, anchors: readonly string[]): Pick<Notebook, 'cells'> {
  const wanted = new Set(anchors.map((anchor) => anchor.toLowerCase()));
  /** Level of the heading that opened the section, 0 outside. */
  let level = 0;
  const cells = readNotebook(path).cells.flatMap((cell) => {
    if (cell.type === 'code') return level > 0 ? [cell] : [];
    const inside = blocks(cell.source).filter((block) => {
      if (block.level > 0 && block.level <= level) level = 0;
      if (level === 0 && block.level > 0 && wanted.has(anchorOf(block.text))) level = block.level;
      return level > 0;
    });
    return [{ ...cell, source: inside.map(({ source }) => source).join('\n\n') }];
  });
  return { cells };
}
