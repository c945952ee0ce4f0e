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
  /**
   * 1 for tokens that may be looked at and 0 for padding, `[N, T]`. What is 0 gets the weight 0, whatever the bias. Default: all
   * may.
   */
  readonly mask?: tf.Tensor2D;
  /**
   * Added to what the softmax is taken of, `[h, T, T]`, for token t (row) and one it may look at (column): what a head prefers
   * by position. Finite, or −∞ where a token may not look. Default: nothing.
   */
  readonly bias?: tf.Tensor3D;
}

/** What {@link multiHeadAttention} computes. */
export interface Attention {
  /** `[N, T, d]`. */
  readonly outputs: tf.Tensor3D;
  /** How much each token looks at each other one, for each head: `[N, h, T, T]`, whose rows sum to 1. */
  readonly attention: tf.Tensor4D;
}

/** Takes all that a token prefers out of float32, yet is finite, and so is the sum with any bias within reason. */
const BLIND = -1e38;

/**
 * Self-attention: every token asks (query), every token answers (key), and each takes the mean of all values, weighted by
 * how well its query and their keys agree. Each of the `h` heads does so with `d/h` numbers of its own:
 *
 * ```
 * attention = softmax(Q Kᵀ / √(d/h) + bias + (mask ? 0 : −∞)),  outputs = concat_heads(attention V) · W + b
 * ```
 *
 * Where the mask leaves nothing of a sequence, a softmax over nothing would be NaN: there each token looks at all T alike, with
 * the weight 1/T, which tells nothing. Leave the outputs of such a sequence out, as those of padding.
 *
 * @param x Tokens `[N, T, d]`, float32.
 * @returns Tensors that the caller disposes.
 * @throws InvalidArgumentError when the heads do not divide `d`, the mask is not `[N, T]`, or the bias is not `[h, T, T]`.
 * @see Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.2.
 */
export function multiHeadAttention(
  x: tf.Tensor3D,
  { inputKernel, inputBias, outputKernel, outputBias }: AttentionWeights,
  { heads, mask, bias }: AttentionOptions,
): Attention {
  const [images, tokens, dim] = x.shape;
  assertHeads('multiHeadAttention', dim, heads);
  if (mask !== undefined) {
    assertFits(
      'mask',
      mask,
      [images, tokens],
      'N, T',
      'one number for each token; repeat a shared row with tile',
    );
  }
  if (bias !== undefined) {
    assertFits(
      'bias',
      bias,
      [heads, tokens, tokens],
      'h, T, T',
      'one matrix for each head; repeat a shared one with tile',
    );
  }
  const headDim = dim / heads;
  return tf.tidy(() => {
    const [queries, keys, values] = tf.unstack(
      dense(x, inputKernel, inputBias)
        .reshape([images, tokens, 3, heads, headDim])
        .transpose([2, 0, 3, 1, 4]),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    let logits = tf.matMul(queries, keys, false, true).div(Math.sqrt(headDim));
    if (bias !== undefined) logits = logits.add(bias);
    if (mask !== undefined) logits = logits.add(barred(mask).reshape([images, 1, 1, tokens]));
    const attention = tf.softmax(logits) as tf.Tensor4D;
    const found = tf.matMul(attention, values).transpose([0, 2, 1, 3]).reshape(x.shape);
    return { outputs: dense(found as tf.Tensor3D, outputKernel, outputBias), attention };
  });
}

/**
 * What takes hidden tokens out of a softmax: −∞ for each, which no bias outweighs, and 0 for those that may be looked at;
 * {@link BLIND} in a row that hides all.
 *
 * @param mask `[N, T]`. @returns `[N, T]`, float32.
 */
function barred(mask: tf.Tensor2D): tf.Tensor2D {
  const seen = mask.toBool();
  const isAny = tf.any(seen, 1, true);
  const whole = (value: number) => tf.fill(isAny.shape, value);
  const hidden = tf.where(isAny, whole(Number.NEGATIVE_INFINITY), whole(BLIND));
  return tf.where(seen, tf.zeros(mask.shape), hidden.tile([1, mask.shape[1]])) as tf.Tensor2D;
}

/** Refuses a tensor that would be repeated along an axis, or that TensorFlow would refuse in words of its own. */
function assertFits(
  name: 'mask' | 'bias',
  tensor: tf.Tensor,
  shape: readonly number[],
  axes: string,
  what: string,
): void {
  if (tf.util.arraysEqual(tensor.shape, [...shape])) return;
  throw new InvalidArgumentError(
    `multiHeadAttention: the ${name} is [${tensor.shape}]; expected [${axes}], here [${shape}]: ${what}.`,
  );
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
