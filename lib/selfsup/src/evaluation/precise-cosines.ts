import * as tf from '../runtime/tensorflow';

/** Rounding of a float32 number near 1, and of what float64 leaves of a difference of unit vectors. */
const [FLOAT32_ROUNDING, FLOAT64_RESIDUE] = [2 ** -24, 1e-14];

/**
 * Cosines between the rows of two matrices, precise enough to order them also where all are near 1.
 *
 * Features far from the origin point in nearly one direction: their cosines differ in the seventh digit and later, where
 * float32 has none left. So rows are scaled to length 1 in float64, and the product is taken with the rows of the database
 * less their mean `m`: `u·v = u·(v − m) + u·m`. The first term is small and carries the order; the second is the same
 * for all rows of the database.
 */
export class PreciseCosines {
  readonly #queries: Float32Array;
  /** `u·m` of each query. */
  readonly #offsets: Float64Array;
  readonly #centred: tf.Tensor2D;
  readonly #width: number;
  /**
   * Relative cosines that differ by less are equal, as far as the numbers tell: the rounding of a product with the longest
   * centred row.
   */
  readonly rounding: number;

  /**
   * @param queries `[n, d]`, float32, of any length; a row of zeros has cosine 0 with everything.
   * @param database `[m, d]`.
   */
  constructor(queries: tf.Tensor2D, database: tf.Tensor2D) {
    const width = queries.shape[1];
    const units = unitRows(database.dataSync(), width);
    const mean = meanRow(units, width);
    let longest = 0;
    for (let start = 0; start < units.length; start += width) {
      let squaredLength = 0;
      for (let k = 0; k < width; k++) {
        const centred = (units[start + k] as number) - (mean[k] as number);
        units[start + k] = centred;
        squaredLength += centred * centred;
      }
      longest = Math.max(longest, Math.sqrt(squaredLength));
    }
    const asked = unitRows(queries.dataSync(), width);
    this.#width = width;
    this.#queries = Float32Array.from(asked);
    this.#offsets = Float64Array.from({ length: queries.shape[0] }, (_, row) => {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        sum += (asked[row * width + k] as number) * (mean[k] as number);
      }
      return sum;
    });
    this.#centred = tf.tensor2d(Float32Array.from(units), [database.shape[0], width]);
    this.rounding = 8 * FLOAT32_ROUNDING * longest + FLOAT64_RESIDUE;
  }

  /**
   * Cosines of some queries with the whole database, less the same {@link offset} for all of one query.
   *
   * @returns `[rows, m]`; the caller disposes it.
   */
  relative(start: number, rows: number): tf.Tensor2D {
    return tf.tidy(() => {
      const ofBatch = this.#queries.subarray(start * this.#width, (start + rows) * this.#width);
      return tf.matMul(tf.tensor2d(ofBatch, [rows, this.#width]), this.#centred, false, true);
    });
  }

  /** What a relative cosine of this query lacks. */
  offset(query: number): number {
    return this.#offsets[query] as number;
  }

  dispose(): void {
    this.#centred.dispose();
  }
}

/** Each row scaled to length 1; rows of zeros stay. In float64 the squares of float32 numbers stay in range. */
function unitRows(values: ArrayLike<number>, width: number): Float64Array {
  const units = Float64Array.from(values);
  for (let start = 0; start < units.length; start += width) {
    let squaredLength = 0;
    for (let k = start; k < start + width; k++) squaredLength += (units[k] as number) ** 2;
    const factor = squaredLength > 0 ? 1 / Math.sqrt(squaredLength) : 0;
    for (let k = start; k < start + width; k++) units[k] = (units[k] as number) * factor;
  }
  return units;
}

function meanRow(rows: Float64Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  const count = rows.length / width;
  rows.forEach((value, i) => {
    mean[i % width] = (mean[i % width] as number) + value / count;
  });
  return mean;
}
