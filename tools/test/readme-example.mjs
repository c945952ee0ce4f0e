import { readFileSync } from 'node:fs';
import { fromMarkdown } from 'mdast-util-from-markdown';

/** @typedef {'ts' | 'js' | 'sh'} ExampleLanguage */

/**
 * The blocks of code of a README.
 *
 * @param {string} file
 * @param {readonly ExampleLanguage[]} languages
 * @returns {{ language: ExampleLanguage, source: string }[]} those in the languages, in their order
 */
export function examplesOf(file, languages) {
  const { children } = fromMarkdown(readFileSync(file, 'utf8'));
  return children.flatMap((node) => {
    if (node.type !== 'code') return [];
    const language = languages.find((one) => one === node.lang);
    return language === undefined ? [] : [{ language, source: node.value }];
  });
}

/**
 * The first block of a README: the example that a reader tries first.
 *
 * @param {string} file
 * @returns {{ language: ExampleLanguage, source: string }} the first in TypeScript or JavaScript; where there is none, the
 *   first in sh
 */
export function exampleOf(file) {
  const example = examplesOf(file, ['ts', 'js'])[0] ?? examplesOf(file, ['sh'])[0];
  if (example !== undefined) return example;
  throw new Error(`${file} has no example: expected a block of ts, js or sh code.`);
}
