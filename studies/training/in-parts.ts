import { readFile, rm } from 'node:fs/promises';
import { losslessJson, parseLosslessJson, replaceFile } from 'selfsup/training/files';
import { ROOT } from '../runner/configuration-process';
import type { Measured, Recipe } from '../runner/study';
import { keptFile } from './kept-file';

/**
 * Measures a long configuration in parts that do not depend on each other. What is measured is kept after each part, so that
 * a study that was killed goes on with the next one. When all parts are there, the configuration's result is kept
 * in their place.
 *
 * Parts are kept for the commit that measured them; in a clone with changes, or without git, none is.
 *
 * @param what Everything that decides the numbers, but for the code and the part.
 * @param parts Their names.
 * @param measure The numbers of one part, under names that no other part has.
 * @param root The clone.
 * @returns The numbers of all parts.
 */
export async function inParts<P extends string | number>(
  what: Recipe,
  parts: readonly P[],
  measure: (part: P) => Promise<Measured>,
  root = ROOT,
): Promise<Measured> {
  const file = keptFile('parts', what, '.json', root);
  const measured: Record<string, Measured> = file === null ? {} : await readParts(file);
  for (const part of parts) {
    if (measured[`${part}`] !== undefined) continue;
    measured[`${part}`] = await measure(part);
    if (file === null) continue;
    await replaceFile(file, Buffer.from(losslessJson(measured)));
  }
  if (file !== null) await rm(file, { force: true });
  return Object.assign({}, ...parts.map((part) => measured[`${part}`]));
}

async function readParts(file: string): Promise<Record<string, Measured>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return parseLosslessJson(text) as Record<string, Measured>;
  } catch (cause) {
    throw new Error(
      `${file} is not what a study kept of its parts. Delete the file, and they are measured anew.`,
      { cause },
    );
  }
}
