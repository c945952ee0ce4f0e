import { RandomStream } from 'tfjs-compile';
import { l2Normalise } from '../losses/l2-normalise';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * A queue of keys with a batch added in front and as many dropped at its end:
 * `concat(keys, queue[0 … K − N − 1])`. Row 0 is the newest key, the last row the oldest.
 *
 * @param queue `[K, d]`.
 * @param keys `[N, d]` with `N ≤ K`; used as they are, see {@link MemoryQueue.enqueue} for their length.
 * @returns `[K, d]`; the caller disposes it.
 * @throws InvalidArgumentError when the widths differ or there are more keys than places.
 */
export function enqueued(queue: tf.Tensor2D, keys: tf.Tensor2D): tf.Tensor2D {
  const [places, width] = queue.shape;
  if (keys.rank !== 2 || keys.shape[1] !== width || keys.shape[0] > places) {
    throw new InvalidArgumentError(
      `A queue of [${queue.shape.join(', ')}] was given keys [${keys.shape.join(', ')}]; expected [N, ${width}] with N ` +
        `of at most ${places}. Make the queue longer than a batch.`,
    );
  }
  return tf.tidy(() => tf.concat([keys, queue.slice([0], [places - keys.shape[0]])]));
}

/** Options of {@link MemoryQueue}. */
export interface MemoryQueueOptions {
  /** K, how many keys it holds. Default 4096. */
  readonly size?: number;
  /** d, the length of a key. */
  readonly dim: number;
  /** Draws the keys it begins with. Default 0. */
  readonly seed?: number;
}

/**
 * The last `K` keys, the negatives of momentum contrast: a variable, so that it is part of a compiled step and of its
 * checkpoints. It is kept in order of age by one concatenation ({@link enqueued}), which costs no more than writing into
 * a ring at a pointer (a variable's value is replaced as a whole in either case), needs no pointer in the state, and lets
 * the batch size be any.
 *
 * It begins with random directions, which the first `K / N` steps replace.
 *
 * @see He, Fan, Wu, Xie, Girshick, 2020, arXiv:1911.05722, section 3.2.
 */
export class MemoryQueue {
  /** `[K, d]`, rows of length 1, newest first. */
  readonly keys: tf.Variable<tf.Rank.R2>;

  /** @throws InvalidArgumentError when a number is out of range. */
  constructor({ size = 4096, dim, seed = 0 }: MemoryQueueOptions) {
    if (![size, dim].every((count) => Number.isInteger(count) && count > 0)) {
      throw new InvalidArgumentError(
        `MemoryQueue: size is ${size} and dim ${dim}; expected two whole numbers, 1 or more.`,
      );
    }
    this.keys = tf.tidy(() => {
      const directions = new RandomStream([seed, 0]).normal([size, dim]) as tf.Tensor2D;
      return tf.variable(l2Normalise(directions), false);
    });
  }

  /**
   * Adds a batch of keys and drops as many of the oldest. Call it after the loss: a batch must not find its own
   * positives among its negatives.
   *
   * @param keys `[N, d]`, of any length: their directions are stored.
   * @throws InvalidArgumentError when they do not fit.
   */
  enqueue(keys: tf.Tensor2D): void {
    tf.tidy(() => this.keys.assign(enqueued(this.keys, l2Normalise(keys))));
  }

  /** What a checkpoint saves. */
  get weights(): tf.Variable[] {
    return [this.keys];
  }

  /** Frees the stored keys. */
  dispose(): void {
    this.keys.dispose();
  }
}
