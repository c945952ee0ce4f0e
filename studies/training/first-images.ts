import type { ImageDataSet } from 'selfsup';

/** The first images of a set, or all where it has fewer. */
export function firstImages(images: ImageDataSet, count: number): ImageDataSet {
  return images.subset(Int32Array.from({ length: Math.min(count, images.size) }, (_, i) => i));
}
