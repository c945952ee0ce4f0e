import { blocks } from '../notebooks/markdown.mjs';
import { textOf } from '../notebooks/notebook.mjs';

/** How much a slide of 16:9 holds, in lines of its text. */
const LINES = 12;
/** Letters in a line of text, and of code, at the size of the slides. */
const TEXT_WIDTH = 70;
/** A longer cell is read in the notebook. */
const CODE_LINES = 18;
const CODE_WIDTH = 100;
/** Rows of a table that can be read from the last row of a classroom. */
const TABLE_ROWS = 10;

/**
 * What is said once, for readers and not for a class: where to go next, how long it takes, and what a fold hides.
 *
 * @param {{ type: string, source: string, text: string }} block
 */
function isForReaders({ type, source, text }) {
  return (
    type === 'html' ||
    /\]\([^)]*README\.md\)/.test(source) ||
    /^(Time|Prerequisites|Change and rerun)\b/.test(text)
  );
}

/**
 * Lines that a block takes on a slide.
 *
 * @param {{ type: string, text: string, source: string }} block
 */
function height({ type, text, source }) {
  const lines = source.split('\n').length;
  if (type === 'math') return 3.5;
  if (type === 'table') return lines + 1;
  if (type === 'code') return 0.8 * lines + 1;
  if (/!\[/.test(source)) return LINES;
  return Math.ceil(Math.max(text.length, 1) / TEXT_WIDTH) + 0.3;
}

/** Lists may go on on the next slide, item by item; what else there is stays whole. */
function pieces(block) {
  if (block.type !== 'list') return [block];
  const parts = block.items.map((item) => ({ ...block, source: item, text: item, items: [] }));
  return parts.some(({ source }) => height({ ...block, source, text: source }) > LINES)
    ? [block]
    : parts;
}

/** Collects what stands together on one slide. */
class Deck {
  /** @type {object[][]} the cells of each slide */
  slides = [];
  #section = '';
  /** @type {string[]} */
  #text = [];
  #height = 0;

  /** @param {string} source a Markdown cell */
  addText(source) {
    for (const block of blocks(source)) {
      if (isForReaders(block)) continue;
      if (block.type === 'heading') {
        this.#begin(block);
        continue;
      }
      for (const piece of pieces(block)) {
        const needed = height(piece);
        if (this.#height + needed > LINES && this.#text.length > 0) this.#end();
        this.#text.push(piece.source);
        this.#height += needed;
      }
    }
    this.#end();
  }

  /** @param {object} cell with a picture, a table or code alone, under the title of its section */
  addCell(cell) {
    this.slides.push([this.#title(), cell]);
  }

  #begin({ level, text, source }) {
    this.#end();
    this.#section = text;
    if (level === 1) this.slides.push([markdownCell(source)]);
  }

  #title() {
    return markdownCell(`### ${this.#section}`);
  }

  #end() {
    if (this.#text.length === 0) return;
    this.slides.push([this.#title(), markdownCell(joined(this.#text))]);
    this.#text = [];
    this.#height = 0;
  }
}

/** Items of one list stay neighbours; between other blocks there is an empty line. */
function joined(parts) {
  const isItem = (part) => /^([-*]|\d+\.) /.test(part ?? '');
  return parts
    .map((part, i) =>
      i === 0 ? part : `${isItem(part) && isItem(parts[i - 1]) ? '\n' : '\n\n'}${part}`,
    )
    .join('');
}

function markdownCell(source) {
  return { cell_type: 'markdown', metadata: {}, source };
}

/**
 * Outputs that can be read from a distance, each to stand alone.
 *
 * @param {{ outputs?: any[] }} cell
 */
function shownOutputs({ outputs }) {
  return (outputs ?? []).filter(({ data }) => {
    if (data === undefined) return false;
    if (data['image/png'] !== undefined) return true;
    const html = textOf(data['text/html']);
    return html.startsWith('<table') && html.split('<tr').length - 2 <= TABLE_ROWS;
  });
}

/** Code worth a slide: short, and about the matter. */
function isWorthReading(source) {
  const lines = source.split('\n');
  return (
    lines.length <= CODE_LINES &&
    lines.every((line) => line.length <= CODE_WIDTH) &&
    !/^import |\bshow\(|\btable\(|\breport\(|notAttempted|byProfile|progressBar/m.test(source)
  );
}

/**
 * A notebook as slides: a heading begins a section, each slide holds what fits on it, each figure, each short table and each short
 * piece of code stands alone. What needs a reader (long code, folded hints, links onwards) stays in the notebook.
 *
 * @param {{ cells: { cell_type: string, source: string | string[], outputs?: object[] }[] }} notebook with the outputs of a run
 * @returns {object} a notebook whose cells nbconvert turns into slides
 */
export function slideNotebook(notebook) {
  const deck = new Deck();
  for (const cell of notebook.cells) {
    const source = textOf(cell.source);
    if (cell.cell_type === 'markdown') deck.addText(source);
    if (cell.cell_type !== 'code') continue;
    if (isWorthReading(source)) deck.addCell({ ...cell, outputs: [] });
    for (const output of shownOutputs(cell)) deck.addCell(outputOnly(cell, output));
  }
  const cells = deck.slides.flatMap((slide) =>
    slide.map((cell, i) => ({
      ...cell,
      metadata: {
        ...cell.metadata,
        slideshow: { slide_type: i === 0 ? 'slide' : '-' },
      },
    })),
  );
  return {
    ...notebook,
    cells: cells.map(({ id: _id, ...cell }) => cell),
    nbformat: 4,
    nbformat_minor: 4,
  };
}

function outputOnly(cell, output) {
  const { data, ...rest } = output;
  // The picture, where there is one: a slide has no slider.
  const png =
    data['image/png'] === undefined
      ? data
      : { 'image/png': data['image/png'], 'text/plain': data['text/plain'] };
  return {
    ...cell,
    source: '',
    metadata: { tags: ['output-only'] },
    outputs: [{ ...rest, data: png }],
  };
}
