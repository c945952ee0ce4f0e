import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import type { OnProgress } from '../runtime/progress';
import * as tf from '../runtime/tensorflow';
import { assertFinite, assertSameWidth } from './labelled-features';
import { PreciseCosines } from './precise-cosines';

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
  readonly onProgress?: OnProgress | undefined;
}

/** What {@link nearestNeighbours} found; query `q`'s neighbours are at positions `q·k` to `q·k + k − 1`. */
export interface Neighbours {
  readonly k: number;
  /** Rows of the database, the nearest first; −1 where fewer than `k` rows were not excluded. */
  readonly indices: Int32Array;
  /** Cosines; NaN where there is no neighbour. */
  readonly similarities: Float32Array;
}

/**
 * The `k` rows of a database most similar to each query by cosine, also where all cosines are nearly equal (see
 * {@link PreciseCosines}).
 *
 * @param queries `[n, d]`, float32, of any length.
 * @param database `[m, d]`, float32, of any length.
 * @throws InvalidArgumentError when the widths differ, a number is not finite, `k` is not between 1 and `m`, or `batchSize` is not a whole number
 *   from 1.
 */
export async function nearestNeighbours(
  queries: tf.Tensor2D,
  database: tf.Tensor2D,
  { k = 10, exclude, batchSize = 512, onProgress }: NearestNeighboursOptions = {},
): Promise<Neighbours> {
  assertSameWidth('nearestNeighbours', queries, database);
  assertCount('nearestNeighbours', 'batchSize', batchSize);
  assertFinite('nearestNeighbours', 'queries', queries);
  assertFinite('nearestNeighbours', 'rows of the database', database);
  const [n, m] = [queries.shape[0], database.shape[0]];
  if (!(Number.isInteger(k) && k >= 1 && k <= m)) {
    throw new InvalidArgumentError(
      `nearestNeighbours: k is ${k}; expected a whole number from 1 to ${m}, the size of the database.`,
    );
  }
  const indices = new Int32Array(n * k);
  const similarities = new Float32Array(n * k);
  const cosines = new PreciseCosines(queries, database);
  try {
    for (let start = 0; start < n; start += batchSize) {
      const rows = Math.min(batchSize, n - start);
      const top = tf.tidy(() => {
        const relative = cosines.relative(start, rows);
        if (exclude === undefined) return tf.topk(relative, k);
        const excluded = new Uint8Array(rows * m);
        for (let row = 0; row < rows; row++) excluded.set(exclude(start + row), row * m);
        const left = tf.tensor2d(excluded, [rows, m], 'bool');
        return tf.topk(tf.where(left, tf.fill([rows, m], Number.NEGATIVE_INFINITY), relative), k);
      });
      const [found, relative] = await Promise.all([top.indices.data(), top.values.data()]);
      tf.dispose([top.indices, top.values]);
      for (let i = 0; i < found.length; i++) {
        const at = start * k + i;
        const value = relative[i] as number;
        const isNeighbour = value !== Number.NEGATIVE_INFINITY;
        indices[at] = isNeighbour ? (found[i] as number) : -1;
        similarities[at] = isNeighbour ? value + cosines.offset(Math.floor(at / k)) : Number.NaN;
      }
      onProgress?.({ label: 'Neighbours', done: start + rows, total: n, unit: 'queries' });
      await new Promise(setImmediate);
    }
  } finally {
    cosines.dispose();
  }
  return { k, indices, similarities };
}
