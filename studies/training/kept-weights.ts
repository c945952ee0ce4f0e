import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadWeights, type ModelWeights, saveWeights } from 'selfsup';
import { gitState } from '../runner/code-version';
import { ROOT } from '../runner/configuration-process';
import type { Recipe } from '../runner/study';

/**
 * Weights that several configurations start from: trained by the first that needs them, read by the others.
 *
 * They are kept for the commit that trained them. In a clone with changes, or without git, every configuration trains its
 * own: nothing tells what they would be of. Two that need them at the same time both train them.
 *
 * @param what Everything that decides the weights, but for the code.
 * @param train Trains `model`.
 * @param root The clone.
 */
export async function keptWeights(
  model: ModelWeights,
  what: Recipe,
  train: () => Promise<void>,
  root = ROOT,
): Promise<void> {
  const { commit, modified } = gitState(root);
  if (commit === null || modified) return train();
  const key = createHash('sha256').update(JSON.stringify({ commit, what })).digest('hex');
  const folder = join(root, 'study-output', 'weights');
  const file = join(folder, `${key.slice(0, 16)}.safetensors`);
  if (existsSync(file)) return loadWeights(file, model);
  await train();
  await mkdir(folder, { recursive: true });
  await saveWeights(file, model);
}
