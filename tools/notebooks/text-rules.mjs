import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { anchorOf, headings, links, pictures } from './markdown.mjs';

const CONTENTS = 'README.md';

/** What a link's label says when it leads on or back. */
const SIDES = /←|previous|next|→/i;

/** The files that a cell's links lead to; of the links with such a label where one is given. */
function linksTo(cell, folder, label = /(?:)/) {
  return links(cell.source)
    .filter((link) => label.test(link.label))
    .map(({ target }) => resolve(folder, target.split('#')[0] ?? ''));
}

/**
 * What the opening cell must hold. Times are minutes or seconds for each profile.
 *
 * @type {[pattern: RegExp, what: string, fix: string][]}
 */
const OPENING = [
  [/prerequisites?/i, 'the prerequisites', 'write "**Prerequisites:** …"'],
  [/you will|able to/i, 'what the reader will be able to do', 'write "**You will be able to** …"'],
  [
    /(?=[\s\S]*quick)(?=[\s\S]*standard)(?=[\s\S]*full)(?=[\s\S]*\d\s*(s|sec|seconds?|min|minutes?|h|hours?)\b)/i,
    'how long each profile takes',
    'write the measured times, for instance "**Time** (2 cores): quick 40 s, standard 4 min, full 30 min"',
  ],
];

/**
 * The notebooks before and after one. Those of the folders within, the exercises and their solutions, follow the last lesson.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @param {import('./notebook.mjs').Notebook[]} all in reading order
 * @returns {Record<'previous' | 'next', import('./notebook.mjs').Notebook | undefined>}
 */
function neighbours(notebook, all) {
  const folder = dirname(notebook.path);
  const siblings = all.filter(({ path }) => dirname(path) === folder);
  const index = siblings.indexOf(notebook);
  const within = all.filter(({ path }) => dirname(path).startsWith(folder + sep));
  const outermost = all
    .map(({ path }) => dirname(path))
    .filter((other) => folder.startsWith(other + sep))
    .sort((a, b) => a.length - b.length)[0];
  return {
    previous: siblings[index - 1] ?? all.findLast(({ path }) => dirname(path) === outermost),
    // Exercises have solutions within, which do not follow them.
    next: siblings[index + 1] ?? (outermost === undefined ? within[0] : undefined),
  };
}

/**
 * The opening cell orients the reader; the closing one says what was seen and leads on; both lead to the notebooks
 * before and after.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @param {import('./notebook.mjs').Notebook[]} all in reading order
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function openingAndClosing(notebook, all) {
  const folder = dirname(notebook.path);
  const found = (cell, what, fix) => ({
    notebook: notebook.path,
    cell: cell.position,
    what,
    fix,
  });
  const findings = [];
  const opening = notebook.cells[0];
  const closing = notebook.cells.at(-1);

  const [first] = headings(opening?.source ?? '');
  if (opening?.type !== 'markdown' || first?.level !== 1) {
    findings.push({
      notebook: notebook.path,
      cell: 1,
      what: 'the notebook does not open with its title',
      fix: 'begin with a Markdown cell whose first line is "# …"',
    });
    return findings;
  }
  for (const cell of notebook.markdownCells) {
    const titles = headings(cell.source).filter(({ level }) => level === 1);
    if (titles.length > (cell === opening ? 1 : 0)) {
      findings.push(found(cell, 'the notebook has a second title', 'use "##" for its sections'));
    }
  }
  for (const [pattern, what, fix] of OPENING) {
    if (!pattern.test(opening.source))
      findings.push(found(opening, `the opening does not say ${what}`, fix));
  }
  if (closing?.type !== 'markdown' || closing === opening) {
    findings.push(
      found(
        closing,
        'the notebook does not close with a text',
        'end with a Markdown cell: what was seen, what to change and rerun, previous and next',
      ),
    );
    return findings;
  }

  const siblings = all.filter(({ path }) => dirname(path) === folder);
  const nextTo = neighbours(notebook, all);
  for (const [name, cell] of /** @type {const} */ ([
    ['opening', opening],
    ['closing', closing],
  ])) {
    const targets = linksTo(cell, folder);
    for (const [side, sibling] of Object.entries(nextTo)) {
      const target = sibling === undefined ? CONTENTS : relative(folder, sibling.path);
      if (targets.includes(resolve(folder, target))) continue;
      // The last exercise leads back to the course.
      if (sibling === undefined && targets.some((path) => basename(path) === CONTENTS)) continue;
      findings.push(
        found(
          cell,
          `the ${name} cell has no link to the ${side} page, ${target}`,
          `write "[${side === 'previous' ? '← Previous' : 'Next →'}: …](${target})"`,
        ),
      );
    }
    const called = linksTo(cell, folder, SIDES);
    const strangers = siblings.filter(
      (one) =>
        one !== notebook &&
        !Object.values(nextTo).includes(one) &&
        called.includes(resolve(one.path)),
    );
    for (const stranger of strangers) {
      findings.push(
        found(
          cell,
          `the ${name} cell calls ${basename(stranger.path)} previous or next, which it is not`,
          `link to ${[nextTo.previous, nextTo.next].map((one) => (one ? relative(folder, one.path) : CONTENTS)).join(' and ')}`,
        ),
      );
    }
  }
  return findings;
}

/**
 * Links inside the course lead to files and headings that are there; links outside are well-formed (they are not
 * fetched: a test that needs the network tests the network).
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @param {import('./notebook.mjs').Notebook[]} all
 */
export function linkTargets(notebook, all) {
  const folder = dirname(notebook.path);
  const findings = [];
  for (const cell of notebook.markdownCells) {
    for (const { target } of [...links(cell.source), ...pictures(cell.source)]) {
      const fault = faultOf(target, folder, notebook, all);
      if (fault !== undefined) {
        const [what, fix] = fault;
        findings.push({ notebook: notebook.path, cell: cell.position, what, fix });
      }
    }
  }
  return findings;
}

function isDecodable(address) {
  try {
    decodeURIComponent(address);
    return true;
  } catch {
    return false;
  }
}

function faultOf(target, folder, notebook, all) {
  if (target.startsWith('attachment:') || target.startsWith('data:')) return undefined;
  if (target.startsWith('mailto:')) return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    if (URL.canParse(target) && target.startsWith('https://')) return undefined;
    return [`the link "${target}" is no https address`, 'write a whole https://… address'];
  }
  if (!isDecodable(target)) {
    return [`the link "${target}" holds a % that encodes nothing`, 'write % as %25'];
  }
  const [file, anchor] = target.split('#');
  const path = file === '' ? notebook.path : join(folder, decodeURIComponent(file));
  const other = all.find((one) => resolve(one.path) === resolve(path));
  if (target === '' || file.startsWith('/') || !(other !== undefined || existsSync(path))) {
    return [
      `the link "${target}" leads nowhere`,
      'name a file that is there, relative to the notebook',
    ];
  }
  if (anchor === undefined || other === undefined) return undefined;
  const anchors = other.markdownCells.flatMap((cell) =>
    headings(cell.source).map(({ text }) => anchorOf(text)),
  );
  if (anchors.includes(decodeURIComponent(anchor).toLowerCase())) return undefined;
  return [
    `the link "${target}" names a heading that is not there`,
    'name the heading, spaces as "-"',
  ];
}

/**
 * Every picture in the text has a text alternative.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 */
export function pictureTexts(notebook) {
  return notebook.markdownCells.flatMap((cell) =>
    pictures(cell.source)
      .filter(({ alt }) => alt.trim() === '')
      .map(({ target }) => ({
        notebook: notebook.path,
        cell: cell.position,
        what: `the picture "${target.slice(0, 60)}" has no text alternative`,
        fix: 'write "![what it shows](…)"',
      })),
  );
}
