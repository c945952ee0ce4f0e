import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * Calls a network on the parts of a batch one after the other, so that its batch normalization sees each part by itself
 * (as on several devices, each with its part of the batch), and puts the results together in the order of the batch.
 *
 * With `dealt: false` a group is a run of neighbours: rows `0 … M − 1`, `M … 2M − 1`, … With `dealt: true` the rows are
 * dealt to the groups like cards: row `i` goes to group `i mod G`. A batch of images in random order, once split and once
 * dealt, has every image among two sets of strangers that share no more than `⌈M / G⌉` images.
 *
 * @param network From `[n, …]` to `[n, d]`, for any n.
 * @param batch `[N, …]`; N must be a multiple of the number of groups G, M = N / G.
 * @returns `[N, d]`; the caller disposes it.
 * @throws InvalidArgumentError when the batch cannot be divided, or groups of one would be normalised to nothing.
 */
export function inBatchNormGroups<T extends tf.Tensor>(
  network: (images: T) => tf.Tensor2D,
  batch: T,
  { groups, dealt = false }: { readonly groups: number; readonly dealt?: boolean },
): tf.Tensor2D {
  const [count] = batch.shape;
  if (!(Number.isInteger(groups) && groups > 0 && count % groups === 0 && count / groups > 1)) {
    throw new InvalidArgumentError(
      `A batch of ${count} was to be normalised in ${groups} groups; expected groups of equal size, 2 or more each. ` +
        'Choose a number of groups that divides the batch size.',
    );
  }
  return tf.tidy(() => {
    if (groups === 1) return network(batch);
    // The order in which rows i, i + G, i + 2G … stand next to each other, and the one that undoes it.
    const order = tf.range(0, count, 1, 'int32');
    const deal = order
      .reshape([count / groups, groups])
      .transpose()
      .flatten();
    const undo = order
      .reshape([groups, count / groups])
      .transpose()
      .flatten();
    const rows = dealt ? tf.gather(batch, deal.toInt()) : batch;
    const parts = tf.split(rows, groups).map((part) => network(part as T));
    const results = tf.concat(parts);
    return dealt ? tf.gather(results, undo.toInt()) : results;
  });
}
