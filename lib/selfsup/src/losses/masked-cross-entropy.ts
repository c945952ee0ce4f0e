import { sparseSoftmaxCrossEntropy } from 'tfjs-compile';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * Cross-entropy of the positions that count. With logits `a`, right classes `y` and weights `w` (1 where a word was
 * masked, 0 where it was not):
 *
 * ```
 * loss = Σᵢ wᵢ · ( log Σⱼ exp(aᵢⱼ) − aᵢ,yᵢ ) / Σᵢ wᵢ
 * ```
 *
 * It is `ln V` when all `V` logits are equal, and 0 when no position counts. The logarithm of the sum is computed
 * without overflow. The exponential of the loss is the perplexity.
 *
 * @param logits `[N, V]` or `[N, T, V]`, float32.
 * @param targets `[N]` or `[N, T]`, int32, in `[0, V)`.
 * @param weights The shape of the targets, float32.
 * @returns A scalar, in nats, that can be differentiated by the logits; the caller disposes it.
 * @throws InvalidArgumentError when the shapes do not fit, or the targets are not int32.
 */
export function maskedCrossEntropy(
  logits: tf.Tensor2D | tf.Tensor3D,
  targets: tf.Tensor1D | tf.Tensor2D,
  weights: tf.Tensor1D | tf.Tensor2D,
): tf.Scalar {
  const positions = logits.shape.slice(0, -1).join();
  if (
    logits.rank < 2 ||
    targets.dtype !== 'int32' ||
    targets.shape.join() !== positions ||
    weights.shape.join() !== positions
  ) {
    throw new InvalidArgumentError(
      `maskedCrossEntropy was given logits [${logits.shape}], ${targets.dtype} targets [${targets.shape}] and weights ` +
        `[${weights.shape}]; expected logits [N, T, V] with int32 targets and weights [N, T], or [N, V] with [N].`,
    );
  }
  return tf.tidy(() => {
    const classes = logits.shape[logits.rank - 1] as number;
    const losses = sparseSoftmaxCrossEntropy(
      targets.flatten(),
      tf.reshape(logits, [-1, classes]) as tf.Tensor2D,
    );
    // Where nothing counts, 0 is divided by 1; tfjs's divNoNan has no gradient.
    const total = tf.sum(weights);
    const counted = total.add(tf.equal(total, 0).toFloat());
    return tf.div(tf.sum(tf.mul(losses, weights.flatten())), counted) as tf.Scalar;
  });
}
