import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import { assertGoesOn } from '../runtime/interruption';
import type { OnProgress } from '../runtime/progress';
import * as tf from '../runtime/tensorflow';
import { workLimit } from '../runtime/work-limit';

/** Options of {@link featuresOf}. */
export interface FeaturesOfOptions<Input extends tf.Tensor> {
  /** Number of examples, 1 or more. */
  readonly size: number;
  /** The examples at these positions, in this order. */
  readonly batch: (indices: Int32Array) => Input;
  /** From a batch of `N` examples to `[N, d]`, without randomness. */
  readonly model: (inputs: Input) => tf.Tensor2D;
  /** Examples per forward pass. */
  readonly batchSize: number;
  /** What the examples are, plural: `images`, `sentences`. */
  readonly unit: string;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * One row of numbers for each example, in their order, of any model on any data. It yields to the event loop between
 * batches.
 *
 * @param name Of the function, for messages.
 * @returns `[size, d]`, float32; the caller disposes it.
 * @throws InvalidArgumentError when the model returns something else than `[N, d]`, or `size` or `batchSize` is not a whole
 *   number from 1.
 */
export async function featuresOf<Input extends tf.Tensor>(
  { size, batch, model, batchSize, unit, onProgress }: FeaturesOfOptions<Input>,
  name = 'featuresOf',
): Promise<tf.Tensor2D> {
  assertCount(name, 'size', size);
  assertCount(name, 'batchSize', batchSize);
  const batches: tf.Tensor2D[] = [];
  try {
    for (let start = 0; start < size; start += batchSize) {
      assertGoesOn(name);
      const end = Math.min(start + batchSize, size);
      const indices = Int32Array.from({ length: end - start }, (_, i) => start + i);
      const known =
        batches.length < workLimit() ? undefined : batches[batches.length % workLimit()];
      const features = known?.slice([0], [end - start]) ?? tf.tidy(() => model(batch(indices)));
      batches.push(features);
      if (features.rank !== 2 || features.shape[0] !== end - start) {
        throw new InvalidArgumentError(
          `${name}: the model made [${(features.shape as number[]).join(', ')}] of ${end - start} ${unit}; ` +
            `expected [${end - start}, d]. Pool or flatten to one vector for each.`,
        );
      }
      onProgress?.({ label: 'Features', done: end, total: size, unit });
      await new Promise(setImmediate);
    }
    return tf.concat(batches);
  } finally {
    tf.dispose(batches);
  }
}
