import { CIFAR10_LABEL_NAMES } from './cifar10-archive';

/**
 * Positions of the images to keep, in their original order: the first `limit` images, or, class-balanced, the first
 * images of each class in equal numbers. A `limit` that ten does not divide gives the first classes one more.
 *
 * @internal
 */
export function selectImages(
  labels: Uint8Array,
  limit: number | undefined,
  classBalanced: boolean,
): Int32Array {
  if (!classBalanced) {
    return Int32Array.from(
      { length: Math.min(limit ?? labels.length, labels.length) },
      (_, i) => i,
    );
  }
  const classes = CIFAR10_LABEL_NAMES.length;
  const available = new Array<number>(classes).fill(0);
  for (const label of labels) available[label] = (available[label] ?? 0) + 1;
  const smallest = Math.min(...available);
  const wanted = Math.min(limit ?? Number.POSITIVE_INFINITY, smallest * classes);
  const left = available.map(
    (_, label) => Math.floor(wanted / classes) + (label < wanted % classes ? 1 : 0),
  );
  const kept: number[] = [];
  labels.forEach((label, i) => {
    const quota = left[label] ?? 0;
    if (quota === 0) return;
    left[label] = quota - 1;
    kept.push(i);
  });
  return Int32Array.from(kept);
}
