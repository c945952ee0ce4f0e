import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { mathFromMarkdown } from 'mdast-util-math';
import { toString as plainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import { math } from 'micromark-extension-math';
import { parseFragment } from 'parse5';
import { EXIT, SKIP, visit } from 'unist-util-visit';

/** @type {Map<string, import('mdast').Root>} */
const trees = new Map();

/**
 * The syntax tree of a text as JupyterLab and GitHub read it: CommonMark with GitHub's tables and bare addresses, and
 * formulas between dollar signs. A text is parsed once: every rule reads the same cells.
 *
 * @param {string} source
 * @returns {import('mdast').Root} shared: to be read only
 */
export function treeOf(source) {
  let tree = trees.get(source);
  if (tree === undefined) {
    tree = parse(source);
    if (hasOpenFormula(tree)) tree = parse(source, [{ disable: { null: ['mathFlow'] } }]);
    trees.set(source, tree);
  }
  return tree;
}

/**
 * @param {string} source
 * @param {import('micromark-util-types').Extension[]} more
 */
function parse(source, more = []) {
  return fromMarkdown(source, {
    extensions: [gfm(), math(), ...more],
    mdastExtensions: [gfmFromMarkdown(), mathFromMarkdown()],
  });
}

/**
 * Whether a formula's closing `$$` is not on a line of its own. The parser then takes the rest of the cell for the
 * formula; JupyterLab ends it at the `$$`.
 *
 * @param {import('mdast').Root} tree
 */
function hasOpenFormula(tree) {
  let open = false;
  visit(tree, 'math', ({ value, position }) => {
    if (position === undefined) return SKIP;
    const lines = position.end.line - position.start.line + 1;
    const fences = lines - value.split('\n').length;
    open = value !== '' && fences < 2;
    return open ? EXIT : SKIP;
  });
  return open;
}

/**
 * The HTML elements of a text. A tag within a line stands alone in the tree, so an element's content may be missing.
 *
 * @param {import('mdast').Root} tree
 * @returns {{ name: string, attributes: Record<string, string> }[]}
 */
function elementsOf(tree) {
  const found = [];
  /** @param {import('parse5').DefaultTreeAdapterTypes.ParentNode} parent */
  const collect = ({ childNodes }) => {
    for (const node of childNodes) {
      if (!('tagName' in node)) continue;
      const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
      found.push({ name: node.tagName, attributes });
      collect(node);
    }
  };
  visit(tree, 'html', ({ value }) => collect(parseFragment(value)));
  return found;
}

/**
 * Whether a text holds an HTML element, other than as code.
 *
 * @param {string} source
 * @param {string} name in small letters
 */
export function hasElement(source, name) {
  return elementsOf(treeOf(source)).some((element) => element.name === name);
}

/**
 * Headings of a text, as plain text.
 *
 * @param {string} source
 * @returns {{ level: number, text: string }[]}
 */
export function headings(source) {
  const found = [];
  visit(treeOf(source), 'heading', (node) => {
    found.push({ level: node.depth, text: plainText(node) });
  });
  return found;
}

/**
 * The paragraphs, lists, formulas, tables and so on that a text is made of, in order.
 *
 * @param {string} source
 * @returns {{ type: string, level: number, text: string, source: string, items: string[] }[]} `type` as mdast names it; `level` of a
 *   heading, else 0; `text` without marks; `items` of a list as they are written
 */
export function blocks(source) {
  /** @param {import('mdast').RootContent} node */
  const sliceOf = ({ position }) =>
    source.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
  return treeOf(source).children.map((node) => ({
    type: node.type,
    level: node.type === 'heading' ? node.depth : 0,
    text: plainText(node),
    source: sliceOf(node),
    items: node.type === 'list' ? node.children.map((item) => sliceOf(item)) : [],
  }));
}

/**
 * Links of a text, Markdown's and HTML's.
 *
 * @param {string} source
 * @returns {{ target: string, label: string }[]} `label` is the link's text after what leads to it since the link or
 *   picture before; it is empty for targets of references and for HTML
 */
export function links(source) {
  const tree = treeOf(source);
  const pictured = new Set();
  visit(tree, 'imageReference', ({ identifier }) => {
    pictured.add(identifier);
  });
  const found = [];
  let lead = '';
  visit(tree, (node) => {
    if (node.type === 'text' || node.type === 'inlineCode') lead += node.value;
    if (node.type === 'image' || node.type === 'imageReference') lead = '';
    if (node.type === 'definition' && !pictured.has(node.identifier)) {
      found.push({ target: node.url, label: '' });
    }
    if (node.type !== 'link') return undefined;
    found.push({ target: node.url, label: `${lead}${plainText(node)}` });
    lead = '';
    return SKIP;
  });
  for (const { name, attributes } of elementsOf(tree)) {
    if (name === 'a' && attributes.href !== undefined) {
      found.push({ target: attributes.href, label: '' });
    }
  }
  return found;
}

/**
 * Pictures of a text with their text alternatives, Markdown's and HTML's.
 *
 * @param {string} source
 * @returns {{ alt: string, target: string }[]}
 */
export function pictures(source) {
  const tree = treeOf(source);
  const targets = new Map();
  visit(tree, 'definition', ({ identifier, url }) => {
    if (!targets.has(identifier)) targets.set(identifier, url);
  });
  const found = [];
  visit(tree, (node) => {
    if (node.type === 'image') found.push({ alt: node.alt ?? '', target: node.url });
    if (node.type === 'imageReference') {
      found.push({ alt: node.alt ?? '', target: targets.get(node.identifier) ?? '' });
    }
  });
  for (const { name, attributes } of elementsOf(tree)) {
    if (name === 'img') found.push({ alt: attributes.alt ?? '', target: attributes.src ?? '' });
  }
  return found;
}

/**
 * The anchor JupyterLab gives a heading; GitHub's is the same in small letters.
 *
 * @param {string} heading its plain text
 */
export function anchorOf(heading) {
  return heading.trim().replace(/\s+/g, '-').toLowerCase();
}
