import { assertRange, type Range } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch, assertUnitRange } from './image-batch';

/** Options of {@link gaussianBlur}. */
export interface GaussianBlurOptions {
  /** Standard deviation of the blur in pixels, drawn uniformly from this range. Default `[0.1, 2]`. */
  readonly sigma?: Range;
}

/**
 * Blurs each image with a Gaussian of a width of its own. Along each axis pixel `i` becomes
 * `Σ_j w_ij x_j / Σ_j w_ij` with `w_ij = exp(−(i − j)² / 2σ²)` over all pixels `j` of its row or column: the weights
 * are renormalised at the border, so edges do not darken. Both axes are matrix products, `B x Bᵀ`.
 * `[N, H, W, C]` → `[N, H, W, C]`.
 *
 * @throws InvalidArgumentError when the range is negative or reversed.
 */
export function gaussianBlur({ sigma = [0.1, 2] }: GaussianBlurOptions = {}): Augmentation {
  assertRange('gaussianBlur', 'sigma', sigma, [0, Number.POSITIVE_INFINITY]);
  return (images, random) => {
    assertImageBatch('gaussianBlur', images);
    assertUnitRange('gaussianBlur', images);
    return tf.tidy(() => {
      const [count, height, width, channels] = images.shape;
      // Below a hundredth of a pixel all other weights vanish: the image stays what it is, also for 0.
      const deviation = random
        .uniform([count], ...sigma)
        .maximum(0.01)
        .reshape([count, 1, 1]);
      const rows = blurMatrices(deviation, height)
        .matMul(images.reshape([count, height, width * channels]))
        .reshape([count, height, width, channels])
        .transpose([0, 2, 1, 3]);
      const both = blurMatrices(deviation, width)
        .matMul(rows.reshape([count, width, height * channels]))
        .reshape([count, width, height, channels])
        .transpose([0, 2, 1, 3]);
      return both.clipByValue(0, 1) as tf.Tensor4D;
    });
  };
}

/** The matrices `B` of one axis, `[N, extent, extent]`, whose rows sum to 1. */
function blurMatrices(deviation: tf.Tensor, extent: number): tf.Tensor {
  const position = tf.range(0, extent);
  const distance = position.reshape([extent, 1]).sub(position.reshape([1, extent]));
  const weights = distance.div(deviation).square().mul(-0.5).exp();
  return weights.div(weights.sum(2, true));
}
