import type { RandomStream } from 'tfjs-compile';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertTokenNumbers } from './token-numbers';
import { MASK, SPECIAL_TOKENS } from './vocabulary';

/** Options of {@link maskTokens}. */
export interface MaskTokensOptions {
  readonly random: RandomStream;
  /** Number of tokens in the vocabulary, from which random words are drawn. */
  readonly vocabularySize: number;
  /** Probability that a word is chosen to be guessed. Default: 0.15. */
  readonly rate?: number;
  /** Share of the chosen words that become `[MASK]`. Default: 0.8. */
  readonly maskShare?: number;
  /** Share of the chosen words that become a random word; the rest stay as they are. Default: 0.1. */
  readonly randomShare?: number;
}

/** What {@link maskTokens} returns; all three have the shape of the tokens. */
export interface MaskedTokens {
  /** int32: what the model sees. */
  readonly inputs: tf.Tensor2D;
  /** int32: what stood there; only where the weight is 1 is it to be guessed. */
  readonly targets: tf.Tensor2D;
  /** float32: 1 where the word was chosen, else 0. */
  readonly weights: tf.Tensor2D;
}

/**
 * BERT's corruption. Each word is chosen by itself with probability `rate`. Of the chosen ones 80 % become `[MASK]`, 10 %
 * a random word, and 10 % stay: the model, which never knows whether the word it sees is the right one, must form a
 * representation of every word from its context. Special tokens, padding among them, are never chosen, and no random word
 * is a special token.
 *
 * Everything is a tensor operation, so it can be part of a compiled training step.
 *
 * @param tokens `[N, T]`, int32. Numbers 0 to 2 are the special tokens.
 * @returns Tensors that the caller disposes.
 * @throws InvalidArgumentError when the tokens are not int32 or an option is out of range.
 * @see Devlin, Chang, Lee, Toutanova, "BERT", 2018, arXiv:1810.04805, section 3.1.
 */
export function maskTokens(
  tokens: tf.Tensor2D,
  { random, vocabularySize, rate = 0.15, maskShare = 0.8, randomShare = 0.1 }: MaskTokensOptions,
): MaskedTokens {
  const specials = SPECIAL_TOKENS.length;
  assertTokenNumbers('maskTokens', tokens);
  if (!(rate >= 0 && rate <= 1)) {
    throw new InvalidArgumentError(`maskTokens: rate is ${rate}; expected a probability, 0 to 1.`);
  }
  if (!(maskShare >= 0 && randomShare >= 0 && maskShare + randomShare <= 1 + 1e-9)) {
    throw new InvalidArgumentError(
      `maskTokens: maskShare is ${maskShare} and randomShare ${randomShare}; expected two shares of a sum of at most 1.`,
    );
  }
  if (!(Number.isInteger(vocabularySize) && vocabularySize > specials)) {
    throw new InvalidArgumentError(
      `maskTokens: vocabularySize is ${vocabularySize}; expected a whole number above ${specials}, usually vocabulary.size.`,
    );
  }
  return tf.tidy(() => {
    const { shape } = tokens;
    const chosen = tf.logicalAnd(
      tf.less(random.uniform(shape), rate),
      tf.greaterEqual(tokens, specials),
    );
    const fate = random.uniform(shape);
    const words = random.integers(shape, specials, vocabularySize);
    const masked = tf.less(fate, maskShare);
    const kept = tf.greaterEqual(fate, maskShare + randomShare);
    const replaced = tf.where(masked, tf.fill(shape, MASK, 'int32'), tf.where(kept, tokens, words));
    return {
      inputs: tf.where(chosen, replaced, tokens) as tf.Tensor2D,
      targets: tokens.clone(),
      weights: tf.cast(chosen, 'float32') as tf.Tensor2D,
    };
  });
}
