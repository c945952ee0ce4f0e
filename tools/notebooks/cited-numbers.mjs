import { visit } from 'unist-util-visit';
import { treeOf } from './markdown.mjs';
import { textOf } from './notebook.mjs';

/** What marks a paragraph, or a list, that discusses the committed run. */
const MARK = /\bin th(?:is run|ese (?:runs|numbers))\b/i;

/** A number that is not part of a name, a date or an identifier such as arXiv:2005.10242; perhaps with its deviation. */
const NUMBER =
  /(?<![\w.:]|\w-)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?!\w|-\d)(?:\s±\s(\d+(?:\.\d+)?))?/g;

/** Numbers that are measured: with decimals, or a share or an angle. Other whole numbers count things and name notebooks. */
const MEASURED = /^\d[\d,]*(?:\.\d+|(?=\s?[%°]))/;

/** "28.2 % (kNN, VICReg)": what follows a number that names its report, perhaps with the value once more. */
const NAMED = /^\s?[^\s(),;]*\s?\(`?([^()`]+?)`?(?:: [\d.,]+)?\)/;

/** "kNN, VICReg: 28.2 % (validation split, n = 5,000, seed 1)": what `report` prints. */
const REPORT = /^(.+): ([−-]?[\d,.]+(?: ± [\d.]+)?)(?: [^()]*)?\([^()]*\)$/;

/** A finished progress bar, whose speeds and seconds nobody cites. */
const PROGRESS = /· in .*\/s\b/;

/**
 * A number as it is written, and its deviation where it has one.
 *
 * @typedef {{ value: string, deviation?: string }} Measured
 */

/**
 * @param {string} text
 * @returns {(Measured & { index: number, end: number })[]}
 */
function numbersIn(text) {
  return Array.from(text.matchAll(NUMBER), ({ 0: whole, 1: value = '', 2: deviation, index }) => ({
    value,
    ...(deviation !== undefined && { deviation }),
    index,
    end: index + whole.length,
  }));
}

/** @param {string} written */
const amount = (written) => Number(written.replaceAll(',', ''));

/** @param {string} written */
const lastPlace = (written) => 10 ** -(written.split('.')[1]?.length ?? 0);

/**
 * Whether a written number is another one, rounded.
 *
 * @param {string} written
 * @param {number} exact
 */
const isRounded = (written, exact) =>
  Math.abs(exact - amount(written)) <= 0.5 * lastPlace(written) + 1e-9;

/**
 * Whether a cited number is the one that was printed. A deviation may be left out.
 *
 * @param {Measured} cited
 * @param {Measured} printed
 */
const isSame = (cited, printed) =>
  isRounded(cited.value, amount(printed.value)) &&
  (cited.deviation === undefined ||
    (printed.deviation !== undefined && isRounded(cited.deviation, amount(printed.deviation))));

/**
 * The lines that code cells printed, and the texts of their figures.
 *
 * @param {import('./notebook.mjs').Cell[]} cells
 */
function printedLines(cells) {
  const texts = cells.flatMap(({ outputs }) =>
    outputs.map(({ output_type: type, text, data = {} }) =>
      type === 'stream' ? textOf(text) : textOf(data['text/plain'] ?? data['text/markdown']),
    ),
  );
  return texts.flatMap((text) => text.split('\n')).filter((line) => !PROGRESS.test(line));
}

/**
 * The values that charts draw.
 *
 * @param {import('./notebook.mjs').Cell[]} cells
 */
function drawnNumbers(cells) {
  /** @type {number[]} */
  const found = [];
  const collect = (value) => {
    if (typeof value === 'number') found.push(Math.abs(value));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const { data = {} } of cells.flatMap(({ outputs }) => outputs)) {
    for (const [type, content] of Object.entries(data)) {
      if (/^application\/.*vega.*json$/.test(type)) collect(content);
    }
  }
  return found;
}

/**
 * The parts of a text that discuss the committed run, as plain text with code between backticks. Formulas and links are left out.
 *
 * @param {string} source
 */
function discussions(source) {
  const { children } = treeOf(source);
  return children.flatMap((node, index) => {
    const text = readable(node);
    if (!MARK.test(text)) return [];
    const next = children[index + 1];
    const isOfTheList = next?.type === 'list' && node.type === 'paragraph';
    return [isOfTheList ? `${text}\n${readable(next)}` : text];
  });
}

/** @param {import('mdast').RootContent} node */
function readable(node) {
  let text = '';
  visit(node, (one) => {
    if (one.type === 'text') text += one.value;
    if (one.type === 'inlineCode') text += `\`${one.value}\``;
    if (one.type === 'break' || one.type === 'paragraph') text += '\n';
    return one.type === 'link' || one.type === 'inlineMath' ? 'skip' : undefined;
  });
  return text.replace(/\s+/g, ' ');
}

/**
 * What a run reported, by name: the same may be reported of two splits.
 *
 * @param {string[]} lines
 */
function reportsIn(lines) {
  /** @type {Map<string, Measured[]>} */
  const reports = new Map();
  for (const line of lines) {
    const [, name, value = ''] = REPORT.exec(line.trim()) ?? [];
    const [measured] = numbersIn(value.replace(/^[−-]/, ''));
    if (name !== undefined && measured !== undefined) {
      reports.set(name, [...(reports.get(name) ?? []), measured]);
    }
  }
  return reports;
}

/**
 * The text of the committed run cites its numbers. One that names its report in brackets behind it must be that report's; any other must
 * have been printed, be drawn by a chart right above, stand in the code, or be the difference of two others of the paragraph. So a run that was
 * made again with other numbers is found to have left its text behind.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function citedNumbers(notebook) {
  const lines = printedLines(notebook.codeCells);
  const reports = reportsIn(lines);
  const printed = [...lines, ...notebook.codeCells.map(({ source }) => source)].map(numbersIn);
  return notebook.cells.flatMap((cell, index) => {
    if (cell.type !== 'markdown') return [];
    const above = notebook.cells.slice(0, index);
    const drawn = drawnNumbers(above.slice(above.findLastIndex(({ type }) => type !== 'code') + 1));
    return discussions(cell.source)
      .flatMap((text) => staleNumbers(text, { reports, printed, drawn }))
      .map((what) => ({
        notebook: notebook.path,
        cell: cell.position,
        what,
        fix: 'write what the run says; a number from elsewhere goes into a paragraph that does not speak of this run',
      }));
  });
}

/**
 * The same of a text about a notebook, such as the plan of its lesson: each of its numbers must have been printed by the notebook, stand in its
 * code or in its text, or be the difference of two others of the paragraph. Charts are not asked: among all that they draw is nearly any number.
 *
 * @param {string} source Markdown
 * @param {Pick<import('./notebook.mjs').Notebook, 'cells'>} notebook or some of its sections
 * @returns {string[]} what is wrong with it
 */
export function numbersNotOf(source, notebook) {
  const lines = printedLines(notebook.cells.filter(({ type }) => type === 'code'));
  const sources = notebook.cells.flatMap((cell) => cell.source.split('\n'));
  const run = {
    reports: reportsIn(lines),
    printed: [...lines, ...sources].map(numbersIn),
    drawn: [],
  };
  return treeOf(source).children.flatMap((node) => staleNumbers(readable(node), run));
}

/**
 * A number of a table with the one in the column behind it, which may be its deviation.
 *
 * @param {Measured} one
 * @param {Measured | undefined} next
 * @returns {Measured}
 */
const withNext = (one, next) =>
  one.deviation === undefined && next !== undefined ? { ...one, deviation: next.value } : one;

/**
 * @param {string} text
 * @param {{ reports: Map<string, Measured[]>, printed: Measured[][], drawn: number[] }} run
 */
function staleNumbers(text, { reports, printed, drawn }) {
  /** @param {Measured} one */
  const isFound = (one) =>
    printed.some((line) => line.some((other, at) => isSame(one, withNext(other, line[at + 1])))) ||
    (one.deviation === undefined && drawn.some((exact) => isRounded(one.value, exact)));
  const isInCode = (index) => text.slice(0, index).split('`').length % 2 === 0;
  const cited = numbersIn(text).filter(
    ({ index }) => MEASURED.test(text.slice(index)) && !isInCode(index),
  );
  const found = cited.filter(isFound).map(({ value }) => amount(value));
  /** @param {Measured} one */
  const isDifference = ({ value, deviation }) =>
    deviation === undefined &&
    found.some((a) =>
      found.some((b) => Math.abs(a - b - amount(value)) <= 1.01 * lastPlace(value)),
    );
  return cited.flatMap((one) => {
    const written = text.slice(one.index, one.end);
    const name = NAMED.exec(text.slice(one.end))?.[1] ?? '';
    const reported = reports.get(name);
    if (reported !== undefined) {
      const said = reported.map(({ value, deviation }) =>
        deviation === undefined ? value : `${value} ± ${deviation}`,
      );
      return reported.some((other) => isSame(one, other))
        ? []
        : [`the text says ${written} (${name}), and the run reports ${said.join(' and ')}`];
    }
    return isFound(one) || isDifference(one)
      ? []
      : [`the text says ${written}, and the run printed no such number`];
  });
}
