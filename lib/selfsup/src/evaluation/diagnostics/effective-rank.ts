import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import * as tf from '../../runtime/tensorflow';

/**
 * How many dimensions representations really use. With the singular values σ of the centred representations:
 *
 * ```text
 * effective rank = exp( −Σ p_k ln p_k ),   p_k = σ_k / Σ σ
 * ```
 *
 * It is d when all directions are used equally and r when r of them are; a contrastive model that squeezes its
 * representations into a few directions has collapsed partly (Jing et al. 2022, arXiv 2110.09348). Centring leaves
 * out what all images have in common. The singular values are the roots of the eigenvalues of the smaller of ZᵀZ and
 * ZZᵀ.
 *
 * @param z Representations, `[N, d]`.
 * @returns Between 1 and min(N − 1, d); 0 when all rows are equal, up to float32 rounding; NaN when a value is not finite.
 * @see Roy & Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007.
 */
export function effectiveRank(z: tf.Tensor2D): number {
  const [count, dimensions] = z.shape;
  const { gram, scale } = tf.tidy(() => {
    const centred = z.sub(z.mean(0, true)) as tf.Tensor2D;
    const small = count < dimensions;
    return {
      gram: centred.matMul(centred, small, !small).arraySync() as number[][],
      scale: z.square().sum().dataSync()[0] as number,
    };
  });
  if (!Number.isFinite(scale)) return Number.NaN;
  const eigenvalues = new EigenvalueDecomposition(new Matrix(gram), { assumeSymmetric: true })
    .realEigenvalues;
  // Below this, an eigenvalue is rounding of the float32 products, not a direction.
  const noise = scale * FLOAT32_EPSILON;
  const singularValues = eigenvalues.filter((value) => value > noise).map(Math.sqrt);
  const total = singularValues.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  const entropy = singularValues.reduce((sum, value) => {
    const share = value / total;
    return sum - share * Math.log(share);
  }, 0);
  return Math.exp(entropy);
}

const FLOAT32_EPSILON = 2 ** -23;
