import type * as tf from '../../runtime/tensorflow';
import { singularValues } from './singular-values';

/**
 * How many dimensions representations really use. With the {@link singularValues} σ of the centred representations:
 *
 * ```text
 * effective rank = exp( −Σ p_k ln p_k ),   p_k = σ_k / Σ σ
 * ```
 *
 * It is d when all directions are used equally and r when r of them are; a contrastive model that squeezes its
 * representations into a few directions has collapsed partly (Jing et al. 2022, arXiv 2110.09348). Centring leaves
 * out what all images have in common.
 *
 * @param z Representations, `[N, d]`.
 * @returns Between 1 and min(N − 1, d); 0 when all rows are equal, up to float32 rounding; NaN when a value is not finite.
 * @see Roy & Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007.
 */
export function effectiveRank(z: tf.Tensor2D): number {
  const values = singularValues(z);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  const entropy = values.reduce((sum, value) => {
    const share = value / total;
    return share === 0 ? sum : sum - share * Math.log(share);
  }, 0);
  return Math.exp(entropy);
}
