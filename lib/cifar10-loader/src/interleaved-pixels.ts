import type { Batch } from './batch';
import { IMAGE_BYTES } from './cifar10-archive';

const CHANNEL_BYTES = IMAGE_BYTES / 3;

/**
 * Copies image `index` of a batch from planar order (all red, all green, all blue) to interleaved order
 * (red, green, blue of each pixel) at `position` of `target`.
 *
 * @internal
 */
export function copyInterleaved(
  batch: Batch,
  index: number,
  target: Uint8Array,
  position: number,
): void {
  const { bytes } = batch;
  let red = batch.offset + index * batch.stride;
  let green = red + CHANNEL_BYTES;
  let blue = green + CHANNEL_BYTES;
  const end = position + IMAGE_BYTES;
  for (let p = position; p < end; p += 3) {
    target[p] = bytes[red++] as number;
    target[p + 1] = bytes[green++] as number;
    target[p + 2] = bytes[blue++] as number;
  }
}
