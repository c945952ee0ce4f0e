import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gitState } from '../runner/code-version';
import type { Recipe } from '../runner/study';

/**
 * Where something that a study makes on its way is kept: a file for `what`, of this commit.
 *
 * @param folder Below the clone's `study-output/`.
 * @param what Everything that decides it, but for the code.
 * @param ending Of the file's name, with its dot.
 * @param root The clone.
 * @returns `null` in a clone with changes, or without git: nothing tells which code it would be of.
 */
export function keptFile(
  folder: string,
  what: Recipe,
  ending: string,
  root: string,
): string | null {
  const { commit, modified } = gitState(root);
  if (commit === null || modified) return null;
  const key = createHash('sha256').update(JSON.stringify({ commit, what })).digest('hex');
  return join(root, 'study-output', folder, `${key.slice(0, 16)}${ending}`);
}
