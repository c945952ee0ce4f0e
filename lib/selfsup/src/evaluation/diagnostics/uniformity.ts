import { l2Normalise } from '../../losses/l2-normalise';
import { assertAboveZero } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { squaredDistances } from '../squared-distances';

/**
 * How evenly representations spread over the unit sphere: the logarithm of the mean Gaussian potential of all pairs
 * of different images,
 *
 * ```text
 * uniformity = ln( mean over i ≠ j of exp(−t·‖u_i − u_j‖²) ),   u_i = z_i / ‖z_i‖
 * ```
 *
 * 0 when all are one point; lower is more uniform. Points spread evenly over a sphere of many dimensions are about
 * √2 apart, which gives −2t, hence −4 for t = 2. Rows are normalised here.
 *
 * @param z Representations of N different images, `[N, d]`, N ≥ 2.
 * @param t Sharpness of the Gaussian, 2 in the paper.
 * @throws InvalidArgumentError when there are fewer than two rows, or `t` is not a finite number above 0.
 * @see Wang & Isola, "Understanding contrastive representation learning through alignment and uniformity on the
 *   hypersphere", ICML 2020, arXiv 2005.10242.
 */
export function uniformity(z: tf.Tensor2D, t = 2): number {
  const [count] = z.shape;
  if (count < 2) {
    throw new InvalidArgumentError(
      `uniformity: got ${count} representations; expected 2 or more, because it compares pairs.`,
    );
  }
  assertAboveZero('uniformity', 't', t);
  return tf.tidy(() => {
    const unit = l2Normalise(z);
    const distances = squaredDistances(unit, unit);
    const itself = tf.eye(count).cast('bool');
    const exponents = distances.mul(-t);
    // By the largest exponent: exp(−100) alone is 0 in float32.
    const others = tf.where(itself, tf.fill(exponents.shape, Number.NEGATIVE_INFINITY), exponents);
    const sum = others.logSumExp().dataSync()[0] as number;
    return sum - Math.log(count * (count - 1));
  });
}
