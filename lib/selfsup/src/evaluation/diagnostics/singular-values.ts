import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type * as tf from '../../runtime/tensorflow';

/** Half the distance of 1 to the next float32: the most by which a number near 1 is rounded. */
const FLOAT32_ROUNDING = 2 ** -24;

/**
 * The spectrum of representations: the singular values of the matrix `[N, d]` less the mean of its rows, largest first. Each is
 * √N times the standard deviation of the representations along one principal direction. Directions that are not used have
 * the value 0: where many do, the representations have collapsed to fewer dimensions (Jing et al. 2022, arXiv 2110.09348).
 *
 * The mean, and the smaller of ZᵀZ and ZZᵀ whose eigenvalues are the squares of the singular values, are computed in
 * float64: in float32 a mean that is large beside the deviations would drown them, and so would a large singular value
 * the square of a small one. A singular value that the rounding of the float32 inputs alone could make is given as 0.
 *
 * @param z Representations, `[N, d]`.
 * @returns min(N, d) values, none negative; all NaN when a value of `z` is not finite.
 */
export function singularValues(z: tf.Tensor2D): number[] {
  const [rows, columns] = z.shape;
  const values = z.dataSync();
  let largest = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) return Array(Math.min(rows, columns)).fill(Number.NaN);
    largest = Math.max(largest, Math.abs(value));
  }
  const centred = centredColumns(values, rows, columns);
  const gram = rows < columns ? rowProducts(centred) : columnProducts(centred);
  const eigenvalues = new EigenvalueDecomposition(gram, { assumeSymmetric: true }).realEigenvalues;
  // The largest singular value of a matrix of rounding errors of this size.
  const noise = largest * FLOAT32_ROUNDING * (Math.sqrt(rows) + Math.sqrt(columns));
  return eigenvalues
    .map((value) => Math.sqrt(Math.max(value, 0)))
    .map((value) => (value > noise ? value : 0))
    .sort((a, b) => b - a);
}

/** The rows of a matrix, each less the mean of all rows. */
function centredColumns(values: ArrayLike<number>, rows: number, columns: number): Float64Array[] {
  const mean = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) {
    mean[i % columns] = (mean[i % columns] as number) + (values[i] as number) / rows;
  }
  return Array.from({ length: rows }, (_, row) =>
    mean.map((ofColumn, column) => (values[row * columns + column] as number) - ofColumn),
  );
}

/** ZZᵀ: the dot products of all pairs of rows. */
function rowProducts(matrix: readonly Float64Array[]): Matrix {
  const products = Matrix.zeros(matrix.length, matrix.length);
  matrix.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const b = matrix[j] as Float64Array;
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
      products.set(i, j, sum).set(j, i, sum);
    }
  });
  return products;
}

/** ZᵀZ: the dot products of all pairs of columns. */
function columnProducts(matrix: readonly Float64Array[]): Matrix {
  const columns = (matrix[0] as Float64Array).length;
  const sums = Array.from({ length: columns }, () => new Float64Array(columns));
  for (const row of matrix) {
    for (let i = 0; i < columns; i++) {
      const sum = sums[i] as Float64Array;
      const value = row[i] as number;
      for (let j = 0; j <= i; j++) sum[j] = (sum[j] as number) + value * (row[j] as number);
    }
  }
  const products = Matrix.zeros(columns, columns);
  sums.forEach((sum, i) => {
    for (let j = 0; j <= i; j++) {
      products.set(i, j, sum[j] as number).set(j, i, sum[j] as number);
    }
  });
  return products;
}
