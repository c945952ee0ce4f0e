import * as tf from '@tensorflow/tfjs';
import { CompileArgumentError } from './errors';
import { nativeOperation, registerNativeGradient } from './native-operations';

registerNativeGradient('FusedBatchNormV3', {
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [x, scale, reserve1, reserve2, reserve3] = saved as tf.Tensor[];
    const dy = (dys as tf.Tensor[])[0];
    const [dx, dScale, dOffset] = nativeOperation(
      'FusedBatchNormGradV3',
      { dy, x, scale, reserve1, reserve2, reserve3 } as Record<string, tf.Tensor>,
      { epsilon: attrs.epsilon as number },
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
});

/** What {@link fusedBatchNormalization} returns. */
export interface NormalizedBatch {
  /** The normalised values, of the shape of `x`. */
  readonly normalized: tf.Tensor;
  /** Mean of each channel, `[C]`. */
  readonly mean: tf.Tensor1D;
  /** Population variance (divided by the count) of each channel, `[C]`. */
  readonly variance: tf.Tensor1D;
}

/**
 * Normalises each channel over all other axes, as batch normalisation does in training:
 * `(x − mean) / √(variance + epsilon) · scale + offset`, in one operation, with its gradient in one more. Gradients
 * flow through `normalized` only, not through `mean` and `variance`, which are meant for moving averages.
 *
 * @param x `[…, C]`, float32, of rank 2 to 5.
 * @param scale `[C]`. @param offset `[C]`.
 * @throws CompileArgumentError when the shapes do not fit, or `epsilon` is negative.
 * @see Ioffe and Szegedy, "Batch normalization", 2015, arXiv:1502.03167.
 */
export function fusedBatchNormalization(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon = 1e-3,
): NormalizedBatch {
  const channels = x.shape[x.rank - 1];
  if (x.rank < 2 || scale.shape.join() !== `${channels}` || offset.shape.join() !== `${channels}`) {
    throw new CompileArgumentError(
      `fusedBatchNormalization was given x [${x.shape}], scale [${scale.shape}] and offset [${offset.shape}]; ` +
        'expected x with the channels last and one scale and offset for each channel.',
    );
  }
  if (!(epsilon >= 0)) {
    throw new CompileArgumentError(
      `fusedBatchNormalization was given the epsilon ${epsilon}; expected 0 or more.`,
    );
  }
  const [normalized, mean, variance] = tf.tidy(() => {
    const rows = tf.reshape(x, [-1, 1, 1, channels as number]);
    const count = rows.shape[0] as number;
    // Statistics handed in are for inference; empty ones ask for those of the batch.
    const none = tf.tensor1d([], 'float32');
    const outputs = nativeOperation(
      'FusedBatchNormV3',
      { x: rows, scale, offset, mean: none, variance: none },
      { epsilon },
    );
    const [y, batchMean, unbiased] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    // TensorFlow divides by count − 1.
    return [
      tf.reshape(y, x.shape),
      batchMean,
      count > 1 ? tf.mul(unbiased, (count - 1) / count) : tf.zerosLike(unbiased),
    ];
  }) as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
  return { normalized, mean, variance };
}

/** The parts of tfjs's layer that its training call uses. */
interface BatchNormalizationLayer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: tf.layers.Layer['weights'][number];
  readonly beta?: tf.layers.Layer['weights'][number];
  readonly movingMean: tf.layers.Layer['weights'][number];
  readonly movingVariance: tf.layers.Layer['weights'][number];
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/** Lets `tf.layers.batchNormalization` train with {@link fusedBatchNormalization}. Returns what undoes it. */
export function withNativeBatchNormalization(): () => void {
  const prototype = Object.getPrototypeOf(
    tf.layers.batchNormalization(),
  ) as BatchNormalizationLayer;
  const original = prototype.call;
  prototype.call = function (this: BatchNormalizationLayer, inputs, kwargs) {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    const channelsLast = this.axis === -1 || this.axis === x.rank - 1;
    const { gamma, beta } = this;
    if (kwargs.training !== true || !channelsLast || x.rank < 2 || !gamma || !beta) {
      return original.call(this, inputs, kwargs);
    }
    return tf.tidy(() => {
      const { normalized, mean, variance } = fusedBatchNormalization(
        x,
        gamma.read(),
        beta.read(),
        this.epsilon,
      );
      const average = (weight: tf.layers.Layer['weights'][number], value: tf.Tensor): void => {
        const old = weight.read();
        weight.write(tf.sub(old, tf.mul(tf.sub(old, value), 1 - this.momentum)));
      };
      average(this.movingMean, mean);
      average(this.movingVariance, variance);
      return normalized;
    });
  };
  return () => {
    prototype.call = original;
  };
}
