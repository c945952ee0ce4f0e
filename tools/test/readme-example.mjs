import { readFileSync } from 'node:fs';
import { fromMarkdown } from 'mdast-util-from-markdown';

/**
 * The first block of a README: the example that a reader tries first.
 *
 * @param {string} file
 * @returns {{ language: 'ts' | 'js' | 'sh', source: string }} the first in TypeScript or JavaScript; where there is none, the
 *   first in sh
 */
export function exampleOf(file) {
  const { children } = fromMarkdown(readFileSync(file, 'utf8'));
  for (const languages of [/** @type {const} */ (['ts', 'js']), /** @type {const} */ (['sh'])]) {
    for (const node of children) {
      if (node.type !== 'code') continue;
      const language = languages.find((one) => one === node.lang);
      if (language !== undefined) return { language, source: node.value };
    }
  }
  throw new Error(`${file} has no example: expected a block of ts, js or sh code.`);
}
