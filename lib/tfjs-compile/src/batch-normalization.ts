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

/**
 * The gradient of the gradient. With x̂ = (x − μ)·r, r = 1/√(σ² + ε), means m over the rows and
 * P(v) = v − m(v) − x̂·m(v·x̂), which is its own transpose, the operation computes
 *
 * `dx = γ·r·P(dy)`, `dγ = Σ dy·x̂`, `dβ = Σ dy`.
 *
 * For cotangents G, g, b of these, T = Σ G·dx and u = g·dy − γ·r·(G·m(dy·x̂) + dy·m(G·x̂)), those of its inputs are
 *
 * `dy: γ·r·P(G) + g·x̂ + b`, `γ: r·Σ G·P(dy)`, `x: r·P(u) − r·T·x̂/N`.
 *
 * All of it starts from `x` and not from the saved statistics, so it can be differentiated again.
 */
registerNativeGradient('FusedBatchNormGradV3', {
  inputsToSave: ['dy', 'x', 'scale', 'reserve1', 'reserve2', 'reserve3'],
  gradFunc: (cotangents, saved, attrs) => {
    const [dy, x, scale, ...reserves] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    const [ofX, ofScale, ofOffset] = cotangents as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = [0, 1, 2];
    const mean = (v: tf.Tensor): tf.Tensor => tf.mean(v, rows, true);
    const centered = tf.sub(x, mean(x));
    const r = tf.rsqrt(tf.add(mean(tf.square(centered)), attrs.epsilon as number));
    const normalized = tf.mul(centered, r);
    const project = (v: tf.Tensor): tf.Tensor =>
      tf.sub(tf.sub(v, mean(v)), tf.mul(normalized, mean(tf.mul(v, normalized))));
    const scaledR = tf.mul(scale, r);
    const ofRows = (): tf.Tensor => {
      const mixed = tf.add(
        tf.mul(ofX, mean(tf.mul(dy, normalized))),
        tf.mul(dy, mean(tf.mul(ofX, normalized))),
      );
      const u = tf.sub(tf.mul(ofScale, dy), tf.mul(scaledR, mixed));
      const total = tf.mul(scaledR, mean(tf.mul(ofX, project(dy))));
      return tf.mul(r, tf.sub(project(u), tf.mul(total, normalized)));
    };
    const [reserve1, reserve2, reserve3] = reserves.map((reserve) => () => tf.zerosLike(reserve));
    return {
      dy: () =>
        tf.addN([
          tf.mul(scaledR, project(ofX)),
          tf.mul(ofScale, normalized),
          tf.add(tf.zerosLike(dy), ofOffset),
        ]),
      x: ofRows,
      scale: () => tf.sum(tf.mul(tf.mul(ofX, project(dy)), r), rows),
      reserve1,
      reserve2,
      reserve3,
    } as Record<string, () => tf.Tensor>;
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
 * @throws CompileArgumentError when the shapes do not fit, or `epsilon` is negative or infinite.
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
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new CompileArgumentError(
      `fusedBatchNormalization was given the epsilon ${epsilon}; expected a finite number, 0 or more.`,
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
