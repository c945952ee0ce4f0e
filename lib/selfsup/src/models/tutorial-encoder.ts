import * as tf from '../runtime/tensorflow';
import { batchNormalization } from './batch-normalization';
import { initializerSeed } from './initializer-seed';

/** Options of {@link tutorialEncoder}. */
export interface TutorialEncoderOptions {
  /** Height, width and channels; `null` for a height or width that may vary. Default `[24, 24, 3]`. */
  readonly inputShape?: readonly [number | null, number | null, number];
  /** Length of the vector an image becomes. Default 128. */
  readonly embeddingDim?: number;
  /** Normalise each convolution's output over the batch. Default true; the tutorial has none. */
  readonly batchNorm?: boolean;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * The encoder of the tutorial: 3×3 convolutions with 32, 64 and 128 channels and relu, the first two each followed by
 * 2×2 max pooling, then the mean over all positions, then a dense layer; weights drawn uniformly as by Glorot.
 *
 * Its output is **not** scaled to length 1: the losses do that themselves. A normalised vector has lost its length,
 * which a classifier or a projection head put on top of it would want to see (the tutorial normalises here).
 *
 * @returns A model from `[N, H, W, C]`, float32 in [0, 1], to `[N, embeddingDim]`; the caller disposes it. For training
 *   call `model.apply(images, { training: true })`.
 */
export function tutorialEncoder({
  inputShape = [24, 24, 3],
  embeddingDim = 128,
  batchNorm = true,
  seed = 0,
}: TutorialEncoderOptions = {}): tf.LayersModel {
  const initializer = (layer: string) =>
    tf.initializers.glorotUniform({ seed: initializerSeed(seed, `tutorialEncoder/${layer}`) });
  const input = tf.input({ shape: [...inputShape] });
  let x = input;
  for (const [index, filters] of [32, 64, 128].entries()) {
    if (index > 0) x = tf.layers.maxPooling2d({ poolSize: 2 }).apply(x) as tf.SymbolicTensor;
    x = tf.layers
      .conv2d({
        filters,
        kernelSize: 3,
        padding: 'same',
        // Batch normalization subtracts the mean, and any bias with it.
        useBias: !batchNorm,
        kernelInitializer: initializer(`conv${index + 1}`),
      })
      .apply(x) as tf.SymbolicTensor;
    if (batchNorm) x = batchNormalization().apply(x) as tf.SymbolicTensor;
    x = tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  }
  x = tf.layers.globalAveragePooling2d({}).apply(x) as tf.SymbolicTensor;
  const embedding = tf.layers
    .dense({ units: embeddingDim, kernelInitializer: initializer('dense') })
    .apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: embedding });
}
