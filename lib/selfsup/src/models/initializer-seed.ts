/**
 * The seed of one layer's initial weights: a hash (FNV-1a) of the model's seed and the layer's path, for instance
 * `tutorialEncoder/conv1`. Layers that shared one seed would start from the same numbers, in another shape.
 */
export function initializerSeed(seed: number, layerPath: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${layerPath}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return hash >>> 0;
}
