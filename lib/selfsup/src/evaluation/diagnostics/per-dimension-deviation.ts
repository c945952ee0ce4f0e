import { l2Normalise } from '../../losses/l2-normalise';
import * as tf from '../../runtime/tensorflow';

/**
 * Standard deviation of each coordinate over the images, times √d, of representations on the unit sphere:
 *
 * ```text
 * deviation_k = √d · std over i of u_ik,   u_i = z_i / ‖z_i‖
 * ```
 *
 * 1 in every dimension when the points are spread evenly, 0 when all images have one representation; the squares'
 * mean is at most 1. Dimensions near 0 carry nothing. Rows are normalised here.
 *
 * @param z Representations, `[N, d]`.
 * @returns d numbers.
 * @see Chen & He, "Exploring simple siamese representation learning", CVPR 2021, arXiv 2011.10566, section 4.1.
 */
export function perDimensionDeviation(z: tf.Tensor2D): Float32Array {
  return tf.tidy(() => {
    const { variance } = tf.moments(l2Normalise(z), 0);
    return variance.sqrt().mul(Math.sqrt(z.shape[1])).dataSync<'float32'>().slice();
  });
}
