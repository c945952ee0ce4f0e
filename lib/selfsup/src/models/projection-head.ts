import * as tf from '../runtime/tensorflow';
import { batchNormalization } from './batch-normalization';
import { initializerSeed } from './initializer-seed';

/** Options of {@link projectionHead}. */
export interface ProjectionHeadOptions {
  /** Length of the encoder's output. Default 128. */
  readonly inputDim?: number;
  /** Units of the hidden layer. Default 128. */
  readonly hiddenDim?: number;
  /** Length of the vector the loss sees. Default 64. */
  readonly projectionDim?: number;
  /** Normalise the hidden layer over the batch. Default false. */
  readonly batchNorm?: boolean;
  /** Normalise the projection over the batch too, as SimSiam needs. Default false. */
  readonly outputBatchNorm?: boolean;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * SimCLR's projection head `g(h) = W₂ relu(W₁ h)`, a small network between the encoder and the contrastive loss. The
 * loss may throw away in it what its views do not share; the features `h` before it keep more and are the ones to use.
 *
 * @returns A model from `[N, inputDim]` to `[N, projectionDim]`, not scaled to length 1; the caller disposes it.
 * @see Chen, Kornblith, Norouzi, Hinton, 2020, arXiv:2002.05709, section 4.2.
 */
export function projectionHead({
  inputDim = 128,
  hiddenDim = 128,
  projectionDim = 64,
  batchNorm = false,
  outputBatchNorm = false,
  seed = 0,
}: ProjectionHeadOptions = {}): tf.LayersModel {
  const initializerSeedOf = (layer: string) => initializerSeed(seed, `projectionHead/${layer}`);
  const input = tf.input({ shape: [inputDim] });
  let x = tf.layers
    .dense({
      units: hiddenDim,
      useBias: !batchNorm,
      kernelInitializer: tf.initializers.heNormal({ seed: initializerSeedOf('hidden') }),
    })
    .apply(input) as tf.SymbolicTensor;
  if (batchNorm) x = batchNormalization().apply(x) as tf.SymbolicTensor;
  x = tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  const projection = tf.layers
    .dense({
      units: projectionDim,
      useBias: !outputBatchNorm,
      kernelInitializer: tf.initializers.glorotUniform({ seed: initializerSeedOf('projection') }),
    })
    .apply(x) as tf.SymbolicTensor;
  const outputs = outputBatchNorm
    ? (batchNormalization().apply(projection) as tf.SymbolicTensor)
    : projection;
  return tf.model({ inputs: input, outputs });
}
