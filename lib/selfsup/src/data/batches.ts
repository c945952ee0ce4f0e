import { InvalidArgumentError } from '../runtime/errors';
import { RandomGenerator } from '../runtime/random-generator';

/**
 * The positions 0 to `size` − 1 in random order. Depends on its arguments alone, so a resumed training finds the same
 * order again.
 */
export function shuffledIndices(size: number, seed: number, epoch: number): Int32Array {
  const indices = Int32Array.from({ length: size }, (_, i) => i);
  return new RandomGenerator(seed, epoch).shuffle(indices);
}

/** Options of a pass over a data set in batches. */
export interface BatchIndicesOptions {
  readonly batchSize: number;
  /** Random order, which differs from epoch to epoch (default), or the order of the data set. */
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly epoch?: number;
  /** Leaves out a last batch that would be smaller (default), as a compiled training step needs. */
  readonly dropRemainder?: boolean;
}

/**
 * Splits the positions 0 to `size` − 1 into batches: one pass over a data set.
 *
 * @throws InvalidArgumentError when `batchSize` is not a positive whole number, or when not one batch can be filled.
 *
 * @example
 * for (const indices of batchIndices(data.size, { batchSize: 256, seed: 1, epoch })) {
 *   const images = data.images(indices);
 * }
 */
export function* batchIndices(
  size: number,
  { batchSize, shuffle = true, seed = 0, epoch = 0, dropRemainder = true }: BatchIndicesOptions,
): Generator<Int32Array, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new InvalidArgumentError(
      `batchIndices: batchSize is ${batchSize}; expected a positive whole number, such as 256.`,
    );
  }
  if (dropRemainder && batchSize > size) {
    throw new InvalidArgumentError(
      `batchIndices: a batch of ${batchSize} cannot be filled from ${size} examples. ` +
        'Use a smaller batchSize or more examples, or set dropRemainder to false.',
    );
  }
  const order = shuffle
    ? shuffledIndices(size, seed, epoch)
    : Int32Array.from({ length: size }, (_, i) => i);
  const end = dropRemainder ? size - (size % batchSize) : size;
  for (let start = 0; start < end; start += batchSize) {
    yield order.subarray(start, Math.min(start + batchSize, end));
  }
}
