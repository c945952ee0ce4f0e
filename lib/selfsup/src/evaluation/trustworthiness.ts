import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { exactSquaredDistances, unitOf } from './exact-squared-distances';
import { assertFinite } from './labelled-features';

/** Options of {@link trustworthiness}. */
export interface TrustworthinessOptions {
  /** `k`, how many neighbours on the map are looked at. Default 5, below half the number of points. */
  readonly neighbours?: number;
}

/** Rows compared at a time: their distances to all points are held twice. */
const BATCH = 512;

/**
 * How far the neighbours on a map can be trusted: 1 when the `k` nearest points of every point on the map are also its
 * `k` nearest by features; a neighbour that is only the `r`-th by features costs `r − k`.
 *
 * ```
 * T(k) = 1 − 2 / (n k (2n − 3k − 1)) · Σ_i Σ_j max(0, r(i, j) − k)     j: the k nearest of i on the map
 * ```
 *
 * Positions that have nothing to do with the features score about 0.5. Distances are Euclidean, as scikit-learn's
 * function of the same name computes them.
 *
 * @param features `[n, d]`, float32.
 * @param positions `[n, 2]` (or any width), the map of the same points in the same order.
 * @returns A number from 0 to 1.
 * @throws InvalidArgumentError when the numbers of points differ, a feature or position is not finite, or `neighbours` is
 *   not a whole number from 1 to below half of the points.
 * @see Venna, Kaski, "Neighborhood Preservation in Nonlinear Projection Methods: An Experimental Study", ICANN 2001.
 */
export async function trustworthiness(
  features: tf.Tensor2D,
  positions: tf.Tensor2D,
  { neighbours = 5 }: TrustworthinessOptions = {},
): Promise<number> {
  if (features.rank !== 2 || positions.rank !== 2 || features.shape[0] !== positions.shape[0]) {
    throw new InvalidArgumentError(
      `trustworthiness: features of shape [${features.shape.join(', ')}] and positions of shape ` +
        `[${positions.shape.join(', ')}]; expected [n, d] and [n, 2] of the same n points. ` +
        'Give the features from which the map was made.',
    );
  }
  const n = features.shape[0];
  const k = neighbours;
  if (!(Number.isInteger(k) && k >= 1 && k < n / 2)) {
    throw new InvalidArgumentError(
      `trustworthiness: neighbours is ${k} for ${n} points; expected a whole number from 1 to below ${n / 2}, ` +
        'half the points. Look at fewer neighbours or map more points.',
    );
  }
  assertFinite('trustworthiness', 'features', features);
  assertFinite('trustworthiness', 'positions', positions);
  // Ranks do not depend on the unit.
  const [byFeatures, byPositions] = tf.tidy(() =>
    [features, positions].map((all) => all.div(unitOf(all))),
  ) as [tf.Tensor2D, tf.Tensor2D];
  try {
    return await trustworthinessOf(byFeatures, byPositions, k);
  } finally {
    tf.dispose([byFeatures, byPositions]);
  }
}

async function trustworthinessOf(
  features: tf.Tensor2D,
  positions: tf.Tensor2D,
  k: number,
): Promise<number> {
  const n = features.shape[0];
  let excess = 0;
  for (let start = 0; start < n; start += BATCH) {
    const rows = Math.min(BATCH, n - start);
    const [ofFeatures, ofPositions] = [features, positions].map((all) =>
      all.slice([start], [rows]),
    ) as [tf.Tensor2D, tf.Tensor2D];
    // Both by one function, so that equal distances are equal numbers.
    const [distances, onMap] = await Promise.all([
      exactSquaredDistances(ofFeatures, features),
      exactSquaredDistances(ofPositions, positions),
    ]).finally(() => tf.dispose([ofFeatures, ofPositions]));
    const nearestOnMap = tf.tidy(() => {
      // A point is its own nearest, also among points at the same place.
      const itself = tf.oneHot(tf.range(start, start + rows, 1, 'int32'), n).toBool();
      const nearness = tf.tensor2d(onMap, [rows, n]).neg();
      return tf.topk(tf.where(itself, tf.onesLike(nearness), nearness), k + 1).indices;
    });
    const nearest = await nearestOnMap.data();
    nearestOnMap.dispose();
    for (let row = 0; row < rows; row++) {
      const ofRow = distances.subarray(row * n, (row + 1) * n);
      for (let place = 1; place <= k; place++) {
        const neighbour = nearest[row * (k + 1) + place] as number;
        excess += Math.max(0, rankOf(neighbour, start + row, ofRow) - k);
      }
    }
    await new Promise(setImmediate);
  }
  return 1 - (2 * excess) / (n * k * (2 * n - 3 * k - 1));
}

/** The place of a point among the others by distance, the nearest at 1; in a draw the better place. */
function rankOf(point: number, from: number, distances: ArrayLike<number>): number {
  const distance = distances[point] as number;
  let nearer = 1;
  for (let other = 0; other < distances.length; other++) {
    if ((distances[other] as number) < distance && other !== from) nearer++;
  }
  return nearer;
}
