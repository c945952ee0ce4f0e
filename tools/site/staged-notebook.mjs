import { posix } from 'node:path';
import { textOf } from '../notebooks/notebook.mjs';
import { stagedFigure } from './charts.mjs';
import { escapeHtml } from './escape-html.mjs';
import { withLinks } from './linked-text.mjs';

/** What the learner's function returns until it is written. */
const OPEN_TASK = /\bnotAttempted\(\)/;

/**
 * @typedef {object} NotebookPage
 * @property {string} path of the notebook, from the root of the course, and of its page's source
 * @property {any} content the parsed file
 * @property {any} [solution] for an exercise: its parsed solution
 * @property {string | undefined} [run] what is known of the run its outputs are of
 * @property {string | undefined} [child] path of a page that comes under this one in the table of contents
 * @property {{ label: string, address: string }[]} services that open the notebook, by their addresses
 * @property {(from: string, target: string) => string} place on this page of a link that stands in the file `from`
 */

/**
 * A notebook as Sphinx gets it: outputs with pictures as files and charts that are drawn when they come into view; links as the site
 * has them; under the title what it was run on and how to open it; in an exercise a solution, folded, under each open task.
 *
 * @param {NotebookPage} page
 * @returns {{ notebook: object, files: Map<string, string | Buffer> }} `files` by their paths from the root of the site
 */
export function stagedNotebook(page) {
  const { path, content, solution } = page;
  const toRoot = '../'.repeat(path.split('/').length - 1);
  const name = `charts/${path.replace(/\.ipynb$/, '')}`;
  /** @type {Map<string, string | Buffer>} */
  const files = new Map();
  const cells = content.cells.flatMap((cell, index) => {
    const source = textOf(cell.source);
    if (cell.cell_type !== 'code') {
      const text = withLinks(source, (target) => page.place(path, target));
      const answer = solution && answerInWords(page, source, solution.cells[index], index);
      return [markdown(index === 0 ? withRunFacts(text, page) : text), ...(answer ? [answer] : [])];
    }
    const outputs = (cell.outputs ?? []).map((output, place) => {
      if (output.data?.['image/png'] === undefined && output.data?.['image/jpeg'] === undefined) {
        return readableOutput(output);
      }
      const figure = stagedFigure(output, `${name}/${index}-${place}`, toRoot);
      for (const [file, bytes] of figure.files) files.set(file, bytes);
      return htmlOutput(figure.html);
    });
    const written = code(source, outputs, cell.execution_count ?? null, {});
    const isTask = solution !== undefined && OPEN_TASK.test(source);
    return isTask ? [written, ...foldedSolution(solution, content, index)] : [written];
  });
  if (page.child !== undefined) {
    const target = posix.relative(posix.dirname(path), page.child).replace(/\.\w+$/, '');
    cells.push(markdown(`\`\`\`{toctree}\n:hidden:\n\nSolution <${target}>\n\`\`\``));
  }
  const metadata = {
    kernelspec: content.metadata.kernelspec,
    language_info: { name: 'typescript' },
  };
  return { notebook: { cells, metadata, nbformat: 4, nbformat_minor: 4 }, files };
}

function markdown(source) {
  return { cell_type: 'markdown', metadata: {}, source };
}

function code(source, outputs, count, metadata) {
  return { cell_type: 'code', metadata, source, outputs, execution_count: count };
}

function htmlOutput(html) {
  return { output_type: 'display_data', metadata: {}, data: { 'text/html': html } };
}

/** Of an output in several forms the one for readers: HTML before text, never JSON. */
function readableOutput(output) {
  if (output.data === undefined) return output;
  const html = output.data['text/html'];
  const data =
    html === undefined ? { 'text/plain': output.data['text/plain'] ?? '' } : { 'text/html': html };
  return { output_type: 'display_data', metadata: {}, data };
}

/** The solution's cell in the place of an open task. Exercise and solution have the same cells: `npm test` holds them to it. */
function foldedSolution(solution, exercise, index) {
  if (solution.cells.length !== exercise.cells.length) {
    throw new Error(
      `An exercise of ${exercise.cells.length} cells has a solution of ${solution.cells.length}: give both the same cells, in the same order.`,
    );
  }
  const source = textOf(solution.cells[index].source);
  const prompts = { code_prompt_show: 'Show a solution', code_prompt_hide: 'Hide the solution' };
  return [code(source, [], null, { tags: ['hide-input'], mystnb: prompts })];
}

/** A text without where its links lead, which differs with the folder it is in. */
function withoutTargets(text) {
  return text.replace(/\]\([^)]*\)/g, ']()');
}

/** What the solution's cell answers where the exercise's asks, folded; the first and the last cells lead elsewhere. */
function answerInWords({ path, place, content }, question, answered, index) {
  if (answered === undefined || index === 0 || index === content.cells.length - 1) return undefined;
  const answer = textOf(answered.source);
  if (answered.cell_type !== 'markdown' || withoutTargets(answer) === withoutTargets(question))
    return undefined;
  const from = posix.join(posix.dirname(path), 'solutions', posix.basename(path));
  const text = withLinks(answer, (target) => place(from, target));
  return markdown(
    `<details class="answer"><summary>Show the answer</summary>\n\n${text}\n\n</details>`,
  );
}

/**
 * The opening cell with what is known of the run and how to open the notebook, under its title.
 *
 * @param {string} text
 * @param {NotebookPage} page
 */
function withRunFacts(text, { path, run, services, solution }) {
  const [title = '', ...rest] = text.split('\n');
  const facts = [];
  if (run !== undefined) facts.push(`<p><strong>Last run:</strong> ${escapeHtml(run)}.</p>`);
  else if (solution !== undefined) {
    facts.push(
      '<p>An exercise: it carries no outputs until you run it. A solution is folded under each task.</p>',
    );
  }
  const links = [
    ...services.map(
      ({ label, address }) => `<a href="${escapeHtml(address)}">${escapeHtml(label)}</a>`,
    ),
    `<a href="${escapeHtml(posix.basename(path))}" download>Download the notebook</a>`,
  ];
  // Learners work in copies, which "npm start" makes where there are none yet.
  const command = `npm start -- ${path.replace(/^notebooks/, 'my-work')}`;
  return [
    title,
    '',
    '<div class="run-facts">',
    ...facts,
    '<p>Open it in JupyterLab, in your copy of the course:</p>',
    `<div class="highlight"><pre>${escapeHtml(command)}</pre></div>`,
    `<p>${links.join(' · ')}</p>`,
    '</div>',
    '',
    ...rest,
  ].join('\n');
}
