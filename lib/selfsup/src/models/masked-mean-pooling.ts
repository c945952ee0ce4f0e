import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { PAD } from '../text/vocabulary';

/** From one representation per token, `[N, T, d]`, and the tokens, `[N, T]`, to one per sentence, `[N, d]`. */
export type SentencePooling = (hidden: tf.Tensor3D, tokens: tf.Tensor2D) => tf.Tensor2D;

/**
 * One representation for a sentence: the mean over its real tokens,
 *
 * `s_i = Σ_t m_it h_it / Σ_t m_it`, with `m_it` = 0 where there is padding, else 1.
 *
 * Padding is neither in the sum nor in the count, so a sentence is represented alike in a row of any length. `[UNK]` is a
 * real token. A row of nothing but padding gives 0.
 *
 * @param hidden `[N, T, d]`, float32.
 * @param tokens `[N, T]`, int32; padding is 0.
 * @returns `[N, d]`; the caller disposes it.
 * @throws InvalidArgumentError when the shapes do not go together.
 */
export function maskedMeanPooling(hidden: tf.Tensor3D, tokens: tf.Tensor2D): tf.Tensor2D {
  if (
    hidden.rank !== 3 ||
    tokens.rank !== 2 ||
    hidden.shape[0] !== tokens.shape[0] ||
    hidden.shape[1] !== tokens.shape[1]
  ) {
    throw new InvalidArgumentError(
      `maskedMeanPooling: representations of shape [${hidden.shape}] and tokens of shape [${tokens.shape}]; expected ` +
        '[N, T, d] and [N, T].',
    );
  }
  return tf.tidy(() => {
    const isReal = tf.notEqual(tokens, PAD);
    // Chosen, not multiplied by 0, which would leave NaN where padding holds NaN or infinity.
    const real = tf.where(tf.expandDims(isReal, 2), hidden, 0);
    const count = tf.cast(isReal, 'float32').sum(1, true);
    return real.sum(1).div(tf.maximum(count, 1)) as tf.Tensor2D;
  });
}
