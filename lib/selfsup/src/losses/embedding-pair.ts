import { InvalidArgumentError } from '../runtime/errors';
import type * as tf from '../runtime/tensorflow';

/**
 * Checks that two tensors hold the embeddings of the two views of one batch: both `[N, d]` with `N` at least 2,
 * since a single pair has neither negatives nor a variance.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertEmbeddingPair(caller: string, z1: tf.Tensor, z2: tf.Tensor): void {
  const shapes = `z1 is [${z1.shape.join(', ')}] and z2 is [${z2.shape.join(', ')}]`;
  if (z1.rank !== 2 || z2.rank !== 2) {
    throw new InvalidArgumentError(
      `${caller}: ${shapes}; expected two matrices [N, d], one row per image. ` +
        'Flatten or pool what the encoder returns to one vector per image.',
    );
  }
  if (z1.shape[0] !== z2.shape[0] || z1.shape[1] !== z2.shape[1]) {
    throw new InvalidArgumentError(
      `${caller}: ${shapes}; expected equal shapes, row i of both being the two views of image i.`,
    );
  }
  if ((z1.shape[0] as number) < 2) {
    throw new InvalidArgumentError(
      `${caller}: ${shapes}; expected at least 2 pairs, for one alone has neither negatives nor a variance. Use a larger batch.`,
    );
  }
}
