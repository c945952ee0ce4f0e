import * as tf from '../../runtime/tensorflow';
import { dense } from './dense';
import { layerNormalization } from './layer-normalization';
import {
  type Attention,
  type AttentionOptions,
  type AttentionWeights,
  multiHeadAttention,
} from './multi-head-attention';

/** Weights of a {@link transformerBlock}, for tokens of `d` numbers and a hidden layer of `m`. */
export interface TransformerBlockWeights<T = tf.Tensor> extends AttentionWeights<T> {
  /** Of the normalization before attention, `[d]`. */
  readonly attentionScale: T;
  /** `[d]`. */
  readonly attentionOffset: T;
  /** Of the normalization before the hidden layer, `[d]`. */
  readonly hiddenScale: T;
  /** `[d]`. */
  readonly hiddenOffset: T;
  /** `[d, m]`. */
  readonly hiddenKernel: T;
  /** `[m]`. */
  readonly hiddenBias: T;
  /** `[m, d]`. */
  readonly finalKernel: T;
  /** `[d]`. */
  readonly finalBias: T;
}

/** How a weight begins. */
export type WeightInitializer = 'glorotUniform' | 'zeros' | 'ones';

/** Creates a weight: a variable, or a weight of a layer of tf.layers. */
export type CreateWeight<T> = (name: string, shape: number[], initializer: WeightInitializer) => T;

/**
 * Creates the weights of a {@link transformerBlock}: kernels by Glorot's uniform distribution, biases and offsets 0, scales 1.
 *
 * @param create Is called once for each weight, with its name within the block.
 * @param dim d. @param hiddenDim m.
 */
export function transformerBlockWeights<T>(
  create: CreateWeight<T>,
  dim: number,
  hiddenDim: number,
): TransformerBlockWeights<T> {
  return {
    attentionScale: create('attentionScale', [dim], 'ones'),
    attentionOffset: create('attentionOffset', [dim], 'zeros'),
    inputKernel: create('inputKernel', [dim, 3 * dim], 'glorotUniform'),
    inputBias: create('inputBias', [3 * dim], 'zeros'),
    outputKernel: create('outputKernel', [dim, dim], 'glorotUniform'),
    outputBias: create('outputBias', [dim], 'zeros'),
    hiddenScale: create('hiddenScale', [dim], 'ones'),
    hiddenOffset: create('hiddenOffset', [dim], 'zeros'),
    hiddenKernel: create('hiddenKernel', [dim, hiddenDim], 'glorotUniform'),
    hiddenBias: create('hiddenBias', [hiddenDim], 'zeros'),
    finalKernel: create('finalKernel', [hiddenDim, dim], 'glorotUniform'),
    finalBias: create('finalBias', [dim], 'zeros'),
  };
}

/**
 * One block of a Transformer, with its normalizations before what they normalise for ("pre-norm", which trains without
 * warm-up): attention mixes the tokens, a hidden layer works on each, and both add to what came in.
 *
 * ```
 * a = x + attention(norm(x)),  block(x) = a + W₂ gelu(W₁ norm(a))
 * ```
 *
 * @param x Tokens `[N, T, d]`, float32.
 * @returns Tokens `[N, T, d]` and the attention `[N, h, T, T]`; the caller disposes them.
 * @throws InvalidArgumentError as {@link multiHeadAttention}.
 * @see Vaswani et al., 2017, arXiv:1706.03762; Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020,
 *   arXiv:2002.04745; Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, arXiv:1606.08415.
 */
export function transformerBlock(
  x: tf.Tensor3D,
  weights: TransformerBlockWeights,
  options: AttentionOptions,
): Attention {
  return tf.tidy(() => {
    const normalised = layerNormalization(x, weights.attentionScale, weights.attentionOffset);
    const { outputs, attention } = multiHeadAttention(normalised, weights, options);
    const attended = x.add(outputs) as tf.Tensor3D;
    const again = layerNormalization(attended, weights.hiddenScale, weights.hiddenOffset);
    const hidden = dense(again, weights.hiddenKernel, weights.hiddenBias);
    const worked = dense(gelu(hidden), weights.finalKernel, weights.finalBias);
    return { outputs: attended.add(worked) as tf.Tensor3D, attention };
  });
}

/** `x · Φ(x)`, Φ the standard normal distribution's function. */
function gelu<T extends tf.Tensor>(x: T): T {
  return x.mul(x.div(Math.SQRT2).erf().add(1).div(2)) as T;
}
