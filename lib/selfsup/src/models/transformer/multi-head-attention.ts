import { MASKED_LOGIT } from '../../losses/masked-logit';
import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { dense } from './dense';

/** Weights of {@link multiHeadAttention}, for tokens of `d` numbers. */
export interface AttentionWeights<T = tf.Tensor> {
  /** Queries, keys and values of all heads side by side, `[d, 3d]`. */
  readonly inputKernel: T;
  /** `[3d]`. */
  readonly inputBias: T;
  /** What the heads found, mixed, `[d, d]`. */
  readonly outputKernel: T;
  /** `[d]`. */
  readonly outputBias: T;
}

/** Options of {@link multiHeadAttention}. */
export interface AttentionOptions {
  /** Number of heads h; it divides `d`. */
  readonly heads: number;
  /** 1 for tokens that may be looked at and 0 for padding, `[N, T]`. Default: all may. */
  readonly mask?: tf.Tensor2D;
  /** Added to what the softmax is taken of, `[h, T, T]`: what a head prefers by position. Default: nothing. */
  readonly bias?: tf.Tensor3D;
}

/** What {@link multiHeadAttention} computes. */
export interface Attention {
  /** `[N, T, d]`. */
  readonly outputs: tf.Tensor3D;
  /** How much each token looks at each other one, for each head: `[N, h, T, T]`, whose rows sum to 1. */
  readonly attention: tf.Tensor4D;
}

/**
 * Self-attention: every token asks (query), every token answers (key), and each takes the mean of all values, weighted by
 * how well its query and their keys agree. Each of the `h` heads does so with `d/h` numbers of its own:
 *
 * ```
 * attention = softmax(Q Kᵀ / √(d/h) + bias),  outputs = concat_heads(attention V) · W + b
 * ```
 *
 * @param x Tokens `[N, T, d]`, float32.
 * @returns Tensors that the caller disposes.
 * @throws InvalidArgumentError when the heads do not divide `d`.
 * @see Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.2.
 */
export function multiHeadAttention(
  x: tf.Tensor3D,
  { inputKernel, inputBias, outputKernel, outputBias }: AttentionWeights,
  { heads, mask, bias }: AttentionOptions,
): Attention {
  const [images, tokens, dim] = x.shape;
  assertHeads('multiHeadAttention', dim, heads);
  const headDim = dim / heads;
  return tf.tidy(() => {
    const [queries, keys, values] = tf.unstack(
      dense(x, inputKernel, inputBias)
        .reshape([images, tokens, 3, heads, headDim])
        .transpose([2, 0, 3, 1, 4]),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    let logits = tf.matMul(queries, keys, false, true).div(Math.sqrt(headDim));
    if (bias !== undefined) logits = logits.add(bias);
    if (mask !== undefined) {
      logits = logits.sub(
        tf.sub(1, mask.toFloat()).mul(MASKED_LOGIT).reshape([images, 1, 1, tokens]),
      );
    }
    const attention = tf.softmax(logits) as tf.Tensor4D;
    const found = tf.matMul(attention, values).transpose([0, 2, 1, 3]).reshape(x.shape);
    return { outputs: dense(found as tf.Tensor3D, outputKernel, outputBias), attention };
  });
}

/**
 * Checks that tokens can be divided among heads.
 *
 * @throws InvalidArgumentError when they cannot.
 */
export function assertHeads(caller: string, dim: number, heads: number): void {
  if (Number.isInteger(heads) && heads > 0 && dim % heads === 0) return;
  throw new InvalidArgumentError(
    `${caller}: ${heads} heads cannot share ${dim} numbers for each token; expected a divisor of ${dim}.`,
  );
}
