import * as tf from '../runtime/tensorflow';
import { squaredDistances } from './squared-distances';

/**
 * Below this share of `‖a‖² + ‖b‖²` the float32 product formula has lost more than three of its seven digits, and the
 * distance is computed again from differences.
 */
const CANCELLED = 2 ** -10;

/**
 * Squared Euclidean distances between the rows of two matrices, right to about three digits however far from the origin and
 * from each other the rows lie: `‖a‖² + ‖b‖² − 2 a·b` of rows less the mean of `b` where that does not cancel, and
 * `Σ (a − b)²` in float64 where it does. The distances between points of one cluster far from the others need that; of
 * ordinary features next to none do.
 *
 * Numbers beyond about 10^±18 have squares that float32 does not hold: divide by {@link unitOf} first.
 *
 * @param a `[n, d]`, float32.
 * @param b `[m, d]`, float32.
 * @returns `n · m` numbers, row by row.
 */
export async function exactSquaredDistances(a: tf.Tensor2D, b: tf.Tensor2D): Promise<Float32Array> {
  const estimate = tf.tidy(() => {
    const mean = b.mean(0);
    const [fromA, fromB] = [a.sub(mean) as tf.Tensor2D, b.sub(mean) as tf.Tensor2D];
    return {
      distances: squaredDistances(fromA, fromB),
      lengthsA: fromA.square().sum(1),
      lengthsB: fromB.square().sum(1),
    };
  });
  const [distances, lengthsA, lengthsB, rowsA, rowsB] = await Promise.all(
    [estimate.distances, estimate.lengthsA, estimate.lengthsB, a, b].map((tensor) =>
      tensor.data<'float32'>(),
    ) as FiveOf<Promise<Float32Array>>,
  ).finally(() => tf.dispose(estimate));
  const width = a.shape[1];
  for (let i = 0; i < lengthsA.length; i++) {
    for (let j = 0; j < lengthsB.length; j++) {
      const at = i * lengthsB.length + j;
      const scale = (lengthsA[i] as number) + (lengthsB[j] as number);
      if ((distances[at] as number) >= scale * CANCELLED) continue;
      // Of the rows as they are: the mean is rounded, and subtracting it would round them too.
      let sum = 0;
      for (let k = 0; k < width; k++) {
        const difference = (rowsA[i * width + k] as number) - (rowsB[j * width + k] as number);
        sum += difference * difference;
      }
      distances[at] = sum;
    }
  }
  return distances;
}

/**
 * A power of 2 near the largest number of a matrix, 1 where all are 0. Divided by it, which rounds nothing, a matrix has
 * squares that neither overflow nor vanish, however large or small its numbers are.
 */
export function unitOf(numbers: tf.Tensor): number {
  const largest = numbers
    .dataSync<'float32'>()
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
}

type FiveOf<T> = [T, T, T, T, T];
