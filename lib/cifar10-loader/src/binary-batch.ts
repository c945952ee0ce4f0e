import type { Batch } from './batch';
import { CIFAR10_LABEL_NAMES, IMAGE_BYTES } from './cifar10-archive';
import { DamagedDataError, GET_AGAIN } from './errors';

const RECORD_BYTES = 1 + IMAGE_BYTES;

/**
 * Reads a batch of the binary version: per image one byte of label, then 1,024 bytes each of red, green and blue.
 *
 * @internal
 * @throws DamagedDataError when the size or a label is wrong.
 */
export function parseBinaryBatch(bytes: Uint8Array, path: string, imagesPerBatch: number): Batch {
  const expected = imagesPerBatch * RECORD_BYTES;
  if (bytes.length !== expected) {
    throw new DamagedDataError(
      `${path} has ${bytes.length} bytes; a batch of ${imagesPerBatch} images has ${expected}.`,
      path,
      { advice: GET_AGAIN },
    );
  }
  const labels = new Uint8Array(imagesPerBatch);
  for (let i = 0; i < imagesPerBatch; i++) {
    const label = bytes[i * RECORD_BYTES] as number;
    if (label >= CIFAR10_LABEL_NAMES.length) {
      throw new DamagedDataError(
        `${path}: image ${i} has label ${label}; labels are 0 to 9. The file is damaged.`,
        path,
        { advice: GET_AGAIN },
      );
    }
    labels[i] = label;
  }
  return { labels, bytes, offset: 1, stride: RECORD_BYTES, fileNames: null };
}
