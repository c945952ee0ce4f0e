import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadWeights, type ModelWeights, saveWeights } from 'selfsup';
import { ROOT } from '../runner/configuration-process';
import type { Recipe } from '../runner/study';
import { keptFile } from './kept-file';

/**
 * Weights that several configurations start from: trained by the first that needs them, read by the others.
 *
 * They are kept for the commit that trained them; in a clone with changes, or without git, every configuration trains its
 * own. Two that need them at the same time both train them.
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
  const file = keptFile('weights', what, '.safetensors', root);
  if (file === null) return train();
  if (existsSync(file)) return loadWeights(file, model);
  await train();
  await mkdir(dirname(file), { recursive: true });
  await saveWeights(file, model);
}
