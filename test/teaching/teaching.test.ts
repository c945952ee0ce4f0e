import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { numbersNotOf } from '../../tools/notebooks/cited-numbers.mjs';
import { anchorOf, headings, links } from '../../tools/notebooks/markdown.mjs';
import {
  headingsOf,
  lessons,
  NOTEBOOKS,
  plans,
  quizzes,
  readNotebook,
  readPlan,
  readQuiz,
  sectionsOf,
  TEACHING,
} from './material';

const notebookOf = (lesson: string) => join(NOTEBOOKS, `${lesson}.ipynb`);

/** The text of a plan under one of its headings. */
function section(plan: string, heading: string): string {
  const found = plan.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  expect(found, `a section "${heading}"`).toBeDefined();
  return (found as string).slice(heading.length);
}

const minutesOf = (plan: string) =>
  [...section(plan, 'Minutes').matchAll(/^\| *(\d+) *\|/gm)].map(([, minutes]) => Number(minutes));

describe('the teacher’s folder', () => {
  it('has a plan and a quiz for every lesson', () => {
    for (const lesson of lessons) {
      expect(plans, `teaching/lessons/${lesson}.md`).toContain(lesson);
      expect(quizzes, `teaching/quizzes/${lesson}.yaml`).toContain(lesson);
    }
  });

  it('links to files and headings that are there', () => {
    const files = (readdirSync(TEACHING, { recursive: true }) as string[]).filter(
      (file) => file.endsWith('.md') && !/(^|[/\\])(node_modules|\.venv)[/\\]/.test(file),
    );
    for (const file of files) {
      const path = join(TEACHING, file);
      for (const { target } of links(readFileSync(path, 'utf8'))) {
        if (/^[a-z]+:/.test(target)) continue;
        const [name = '', anchor] = target.split('#');
        const linked = name === '' ? path : resolve(dirname(path), decodeURIComponent(name));
        // A plan may be written before its notebook is there; the first test asks for the reverse.
        if (/notebooks\/\d\d-[^/]+\.ipynb$/.test(linked) && !existsSync(linked)) continue;
        expect(existsSync(linked), `${file}: ${target}`).toBe(true);
        if (anchor === undefined || !linked.endsWith('.ipynb')) continue;
        const anchors = headingsOf(linked).map(anchorOf);
        expect(anchors, `${file}: ${target}`).toContain(decodeURIComponent(anchor).toLowerCase());
      }
    }
  });
});

describe.each(plans)('the plan of %s', (lesson) => {
  const plan = readPlan(lesson);

  it.skipIf(!existsSync(notebookOf(lesson)))('gives numbers that the notebook shows', () => {
    expect(numbersNotOf(plan, readNotebook(notebookOf(lesson)))).toEqual([]);
  });

  it.skipIf(!existsSync(notebookOf(lesson)))('links the sections that show its numbers', () => {
    for (const line of plan.split('\n')) {
      const anchors = links(line)
        .map(({ target }) => target.split(`${lesson}.ipynb#`)[1])
        .filter((anchor) => anchor !== undefined)
        .map(decodeURIComponent);
      if (anchors.length === 0) continue;
      expect(numbersNotOf(line, sectionsOf(notebookOf(lesson), anchors)), line).toEqual([]);
    }
  });

  it('opens with its title, its question and the sum of its minutes', () => {
    expect(headings(plan)[0]).toMatchObject({ level: 1 });
    expect(plan).toMatch(/^\*\*Question:\*\* .+\?$/m);
    const total = minutesOf(plan).reduce((sum, minutes) => sum + minutes, 0);
    expect(total).toBeGreaterThanOrEqual(45);
    expect(total).toBeLessThanOrEqual(120);
    expect(plan).toContain(`${total} minutes in class`);
  });

  it('says where in the notebook everything is', () => {
    const rows = section(plan, 'Minutes').match(/^\| *\d+ *\|.*$/gm) ?? [];
    const shown = section(plan, 'Show live').match(/^- .*$/gm) ?? [];
    const misconceptions = section(plan, 'Misconceptions').match(/^\d\. \*\*.+\*\* .*$/gm) ?? [];
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(shown.length).toBeGreaterThanOrEqual(2);
    expect(misconceptions).toHaveLength(3);
    for (const line of [...rows, ...shown, ...misconceptions]) {
      expect(
        links(line).some(({ target }) => target.includes(`${lesson}.ipynb#`)),
        line,
      ).toBe(true);
    }
  });

  it('answers its questions, and cites the lesson', () => {
    const asked = section(plan, 'Questions and answers').trim().split(/\n\n/);
    const questions = asked.filter((part) => /^\*\*.+\*\*$/.test(part));
    const answers = asked.filter((part) => !part.startsWith('**'));
    expect(questions.length).toBeGreaterThanOrEqual(4);
    expect(answers).toHaveLength(questions.length);
    for (const answer of answers) {
      expect(answer.length, answer).toBeGreaterThan(60);
      expect(
        links(answer).some(({ target }) => target.includes(`${lesson}.ipynb#`)),
        answer,
      ).toBe(true);
    }
  });
});

describe.each(quizzes)('the quiz of %s', (lesson) => {
  const { lesson: named, questions } = readQuiz(lesson);

  it('is of its lesson and has at least five questions', () => {
    expect(named).toBe(lesson);
    expect(questions.length).toBeGreaterThanOrEqual(5);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(questions.length);
  });

  it.each(questions)('has four options, one key and a reason: $question', (one) => {
    expect(Object.keys(one.options)).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set(Object.values(one.options)).size).toBe(4);
    expect(Object.keys(one.options)).toContain(one.answer);
    for (const text of [one.question, one.because, ...Object.values(one.options)]) {
      expect(typeof text).toBe('string');
      expect(text.trim()).not.toBe('');
    }
  });

  it.skipIf(!existsSync(notebookOf(lesson)))('gives numbers that the notebook shows', () => {
    // Options that are wrong may hold any number.
    const told = questions.map(
      (one) => `${one.question} ${one.options[one.answer]} ${one.because}`,
    );
    expect(numbersNotOf(told.join('\n\n'), readNotebook(notebookOf(lesson)))).toEqual([]);
  });

  it.skipIf(!existsSync(notebookOf(lesson)))('names the section that shows its numbers', () => {
    for (const one of questions) {
      const told = `${one.question} ${one.options[one.answer]} ${one.because}`;
      const section = sectionsOf(notebookOf(lesson), [anchorOf(one.heading)]);
      expect(numbersNotOf(told, section), one.question).toEqual([]);
    }
  });

  it.skipIf(!existsSync(notebookOf(lesson)))('cites a heading of the notebook', () => {
    const found = headingsOf(notebookOf(lesson));
    for (const { question, heading } of questions) expect(found, question).toContain(heading);
  });
});

describe('the quizzes together', () => {
  it('do not give the key away by its place', () => {
    const keys = quizzes.flatMap((lesson) =>
      readQuiz(lesson).questions.map(({ answer }) => answer),
    );
    for (const letter of ['a', 'b', 'c', 'd']) {
      const share = keys.filter((key) => key === letter).length / keys.length;
      expect(share, letter).toBeGreaterThan(0.1);
      expect(share, letter).toBeLessThan(0.45);
    }
  });
});

describe('the syllabus', () => {
  const text = readFileSync(join(TEACHING, 'syllabus.md'), 'utf8');

  it('gives each lesson of the term the minutes of its plan', () => {
    for (const lesson of plans) {
      const row = text.split('\n').find((line) => line.includes(`](lessons/${lesson}.md) `));
      expect(row, lesson).toBeDefined();
      const total = minutesOf(readPlan(lesson)).reduce((sum, minutes) => sum + minutes, 0);
      expect(row, lesson).toMatch(new RegExp(`\\| *${total} *\\|`));
    }
  });

  it('adds its days up', () => {
    const days = text.split(/^### /m).slice(1);
    expect(days.length).toBeGreaterThanOrEqual(6);
    for (const day of days) {
      const [title = ''] = day.split('\n');
      const promised = /\((\d+) minutes\)/.exec(title)?.[1];
      const rows = [...day.matchAll(/^\| *(\d+) *\|/gm)].map(([, minutes]) => Number(minutes));
      expect(
        rows.reduce((sum, minutes) => sum + minutes, 0),
        title,
      ).toBe(Number(promised));
    }
  });
});
