import { l2Normalise } from '../../losses/l2-normalise';
import { assertAboveZero } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';

/**
 * How far apart the two views of one image lie on the unit sphere, on average; 0 when augmentation makes no
 * difference:
 *
 * ```text
 * alignment = mean over i of ‖u_i − v_i‖^α,   u_i = z1_i / ‖z1_i‖,  v_i = z2_i / ‖z2_i‖
 * ```
 *
 * Rows are normalised here. Lower is better only together with {@link uniformity}: a collapsed encoder is perfectly
 * aligned.
 *
 * @param z1 Representations of the first views, `[N, d]`.
 * @param z2 Representations of the second views of the same images, `[N, d]`.
 * @param power α, 2 in the paper's experiments.
 * @returns Between 0 and 2^α.
 * @throws InvalidArgumentError when the shapes differ, or `power` is not a finite number above 0.
 * @see Wang & Isola, "Understanding contrastive representation learning through alignment and uniformity on the
 *   hypersphere", ICML 2020, arXiv 2005.10242.
 */
export function alignment(z1: tf.Tensor2D, z2: tf.Tensor2D, power = 2): number {
  if (!tf.util.arraysEqual(z1.shape, z2.shape)) {
    throw new InvalidArgumentError(
      `alignment: z1 is [${z1.shape}], z2 is [${z2.shape}]; expected the same shape, two views of the same images.`,
    );
  }
  assertAboveZero('alignment', 'power', power);
  return tf.tidy(() => {
    const difference = l2Normalise(z1).sub(l2Normalise(z2));
    return difference
      .square()
      .sum(1)
      .pow(power / 2)
      .mean()
      .dataSync()[0] as number;
  });
}
