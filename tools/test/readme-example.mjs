import { readFileSync } from 'node:fs';
import { fromMarkdown } from 'mdast-util-from-markdown';

/**
 * The first TypeScript or JavaScript block of a README: the example that a reader tries first.
 *
 * @param {string} file
 * @returns {string}
 */
export function exampleOf(file) {
  const { children } = fromMarkdown(readFileSync(file, 'utf8'));
  for (const node of children) {
    if (node.type === 'code' && (node.lang === 'ts' || node.lang === 'js')) return node.value;
  }
  throw new Error(`${file} has no example: expected a block of ts or js code.`);
}
