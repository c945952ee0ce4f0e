import { l2Normalise } from '../losses/l2-normalise';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertBatchSize, assertSameWidth } from './labelled-features';

/** Options of {@link nearestNeighbours}. */
export interface NearestNeighboursOptions {
  /** How many neighbours per query. Default 10. */
  readonly k?: number;
  /**
   * Pairs that may not be neighbours, for instance an image and itself: called with the position of a query, it
   * returns 1 for each database row to leave out and 0 for the others.
   */
  readonly exclude?: (query: number) => ArrayLike<number>;
  /** Queries compared at a time; memory grows with it times the size of the database. Default 512. */
  readonly batchSize?: number;
}

/** What {@link nearestNeighbours} found; query `q`'s neighbours are at positions `q·k` to `q·k + k − 1`. */
export interface Neighbours {
  readonly k: number;
  /** Rows of the database, the nearest first. */
  readonly indices: Int32Array;
  /** Cosines; below −1 where fewer than `k` rows were not excluded. */
  readonly similarities: Float32Array;
}

/** Taken from the cosine of an excluded pair, which puts it behind every other. */
const EXCLUDED = 4;

/**
 * The `k` rows of a database most similar to each query by cosine.
 *
 * @param queries `[n, d]`, float32, of any length.
 * @param database `[m, d]`, float32, of any length.
 * @throws InvalidArgumentError when the widths differ, `k` is not between 1 and `m`, or `batchSize` is not a whole number
 *   from 1.
 */
export async function nearestNeighbours(
  queries: tf.Tensor2D,
  database: tf.Tensor2D,
  { k = 10, exclude, batchSize = 512 }: NearestNeighboursOptions = {},
): Promise<Neighbours> {
  assertSameWidth('nearestNeighbours', queries, database);
  assertBatchSize('nearestNeighbours', batchSize);
  const [n, m] = [queries.shape[0], database.shape[0]];
  if (!(Number.isInteger(k) && k >= 1 && k <= m)) {
    throw new InvalidArgumentError(
      `nearestNeighbours: k is ${k}; expected a whole number from 1 to ${m}, the size of the database.`,
    );
  }
  const indices = new Int32Array(n * k);
  const similarities = new Float32Array(n * k);
  const directions = l2Normalise(database);
  try {
    for (let start = 0; start < n; start += batchSize) {
      const rows = Math.min(batchSize, n - start);
      const top = tf.tidy(() => {
        const batch = l2Normalise(queries.slice([start], [rows]));
        let cosines: tf.Tensor = tf.matMul(batch, directions, false, true);
        if (exclude !== undefined) {
          const excluded = new Float32Array(rows * m);
          for (let row = 0; row < rows; row++) excluded.set(exclude(start + row), row * m);
          cosines = cosines.sub(tf.tensor2d(excluded, [rows, m]).mul(EXCLUDED));
        }
        return tf.topk(cosines, k);
      });
      indices.set(await top.indices.data(), start * k);
      similarities.set(await top.values.data(), start * k);
      tf.dispose([top.indices, top.values]);
      await new Promise(setImmediate);
    }
  } finally {
    directions.dispose();
  }
  return { k, indices, similarities };
}
