import { visit } from 'unist-util-visit';
import { treeOf } from '../notebooks/markdown.mjs';

/** `href` and `src` of an HTML element. */
const ATTRIBUTE = /\b(href|src)=(["'])(.*?)\2/g;

/** @typedef {{ start: number, end: number, text: string }} Edit */

/**
 * A Markdown text with every target of its links and pictures as `place` gives it, Markdown's and HTML's.
 *
 * @param {string} source
 * @param {(target: string) => string} place is not asked about anchors (`#…`) and addresses (`https:…`)
 */
export function withLinks(source, place) {
  /** @type {Edit[]} */
  const edits = [];
  /**
   * @param {import('unist').Node} node
   * @param {string} url
   * @param {number} from where the target cannot yet stand
   */
  const edit = (node, url, from) => {
    const end = node.position?.end.offset ?? 0;
    if (!isLocal(url)) return;
    const start = source.indexOf(url, from);
    // Written otherwise than it reads: escaped, or in entities. Nothing in the course is.
    if (start < 0 || start + url.length > end) {
      throw new Error(`The target of the link "${source.slice(from, end)}" cannot be found in it.`);
    }
    edits.push({ start, end: start + url.length, text: place(url) });
  };
  visit(treeOf(source), (node) => {
    const begin = node.position?.start.offset ?? 0;
    if (node.type === 'link') {
      const label = node.children.at(-1)?.position?.end.offset ?? begin;
      // `<https:…>` and bare addresses are their own labels, and no file.
      if (source.slice(label).startsWith('](')) edit(node, node.url, label);
    } else if (node.type === 'image') {
      edit(node, node.url, begin + 2 + (node.alt?.length ?? 0));
    } else if (node.type === 'definition') {
      edit(node, node.url, source.indexOf(']:', begin));
    } else if (node.type === 'html') {
      const end = node.position?.end.offset ?? 0;
      const text = source.slice(begin, end);
      const replaced = text.replace(ATTRIBUTE, (whole, name, quote, target) =>
        isLocal(target) ? `${name}=${quote}${place(target)}${quote}` : whole,
      );
      if (replaced !== text) edits.push({ start: begin, end, text: replaced });
    }
  });
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce(
      (text, { start, end, text: piece }) => text.slice(0, start) + piece + text.slice(end),
      source,
    );
}

/** @param {string} target */
function isLocal(target) {
  return target !== '' && !/^(#|\/\/|[a-z][a-z\d+.-]*:)/i.test(target);
}
