import type { RandomStream } from 'tfjs-compile';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/** How an encoder or a model is called. */
export interface TextCallOptions {
  /** Draws the dropout of a training step; without it nothing is dropped. */
  readonly random?: RandomStream;
}

/**
 * A text encoder with one representation **per token**, which reads no padding: the same sentence in a longer row has the
 * same representations, and those of padding are 0. A `MaskedLanguageModel` and a `SentenceClassifier` take any.
 */
export interface TokenEncoder {
  /** The word vectors it begins with, `[V, embeddingDim]`. */
  readonly embedding: tf.Variable<tf.Rank.R2>;
  /** What an optimizer changes and a checkpoint saves, the word vectors first. */
  readonly weights: readonly tf.Variable[];
  /** Length of a token's representation. */
  readonly outputDim: number;
  /**
   * The representation of every token.
   *
   * @param tokens `[N, T]`, int32; padding (0) stands at the end of a row.
   * @returns `[N, T, outputDim]`, 0 where there is padding; the caller disposes it.
   */
  call(tokens: tf.Tensor2D, options?: TextCallOptions): tf.Tensor3D;
  /**
   * An encoder of the same sizes with weights of its own, which begin with the values of this one's: what is trained later
   * changes the copy alone.
   *
   * @param changes `dropout` of the copy, where it shall be another.
   * @returns The caller disposes it.
   * @throws InvalidArgumentError when the dropout is out of range.
   */
  copy(changes?: { readonly dropout?: number }): TokenEncoder;
  /** Frees the weights. */
  dispose(): void;
}

/** Whether a value can be a part of a {@link TokenEncoder}. */
const IS_PART: Readonly<Partial<Record<keyof TokenEncoder, (value: unknown) => boolean>>> = {
  embedding: (value) => value instanceof tf.Tensor && value.rank === 2,
  weights: Array.isArray,
  outputDim: (value) => Number.isInteger(value) && (value as number) > 0,
  call: (value) => typeof value === 'function',
  copy: (value) => typeof value === 'function',
};

/**
 * Checks that something is a {@link TokenEncoder}, as far as it can be told without calling it.
 *
 * @param caller The function or class that was given it.
 * @param needed The parts that it uses.
 * @throws InvalidArgumentError when parts are missing.
 */
export function assertTokenEncoder(
  caller: string,
  encoder: TokenEncoder,
  needed: readonly (keyof TokenEncoder)[],
): void {
  const parts = Object(encoder) as Readonly<Record<string, unknown>>;
  const missing = needed.filter((name) => !IS_PART[name]?.(parts[name]));
  if (missing.length === 0) return;
  throw new InvalidArgumentError(
    `${caller} was given an encoder without ${missing.join(', ')}; expected a TokenEncoder: a TransformerEncoder, a ` +
      'BidirectionalLstmEncoder, or one of your own that has `embedding` [V, embeddingDim], `weights`, `outputDim`, `call` and `copy`.',
  );
}
