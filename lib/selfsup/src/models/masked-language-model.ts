import { maskedCrossEntropy } from '../losses/masked-cross-entropy';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { MaskedTokens } from '../text/mask-tokens';
import {
  BidirectionalLstmEncoder,
  type BidirectionalLstmEncoderOptions,
} from './bidirectional-lstm-encoder';
import { initializerSeed } from './initializer-seed';
import { assertTokenEncoder, type TextCallOptions, type TokenEncoder } from './token-encoder';

/**
 * Options of {@link MaskedLanguageModel}: `vocabularySize` and what else a `BidirectionalLstmEncoder` is made with, or an
 * `encoder`.
 */
export interface MaskedLanguageModelOptions extends Partial<BidirectionalLstmEncoderOptions> {
  /**
   * What reads the sentences, with its vocabulary and sizes; the model trains and disposes it. `seed` is then the head's
   * alone. Default: a `BidirectionalLstmEncoder` of the other options.
   */
  readonly encoder?: TokenEncoder;
  /**
   * Share of each token in the training text, `[V]`, usually `sequences.wordFrequencies`: the head's biases begin at their
   * logarithms, so that training need not spend its first hundreds of steps on learning which words are frequent.
   * Default: all biases begin at 0.
   */
  readonly wordFrequencies?: ArrayLike<number>;
}

/** Share below which a frequency is taken as this, so that its logarithm is finite. */
const SMALLEST_FREQUENCY = 1e-7;

/** Options of {@link MaskedLanguageModel.loss}. */
export interface MaskedLanguageLossOptions extends TextCallOptions {
  /**
   * How many positions of the batch the head is computed for, a fixed number, as a compiled step needs. Masked positions
   * beyond it, in the order of the batch, are left out. Default: every position.
   */
  readonly capacity?: number;
}

/**
 * A masked language model: an encoder with one representation per token, and a head that turns a representation into a
 * score (logit) for every word of the vocabulary:
 *
 * `logits = relu(h·W + c)·Eᵀ + b`
 *
 * `E` is the matrix of word vectors that the encoder begins with: the head has no matrix of words of its own (tied
 * weights), which halves the parameters and lets every guess teach the word vectors.
 *
 * @see Devlin, Chang, Lee, Toutanova, "BERT", 2018, arXiv:1810.04805.
 * @see Press and Wolf, "Using the output embedding to improve language models", 2016, arXiv:1608.05859.
 */
export class MaskedLanguageModel {
  readonly encoder: TokenEncoder;
  /** What the optimizer changes and a checkpoint saves. */
  readonly weights: readonly tf.Variable[];

  readonly #kernel: tf.Variable;
  readonly #kernelBias: tf.Variable;
  readonly #wordBias: tf.Variable;

  /** @throws InvalidArgumentError when an option is out of range or contradicts the `encoder`, or that is none. */
  constructor({ wordFrequencies, encoder, ...options }: MaskedLanguageModelOptions) {
    const words = vocabularySizeOf(encoder, options);
    if (wordFrequencies !== undefined && wordFrequencies.length !== words) {
      throw new InvalidArgumentError(
        `MaskedLanguageModel was given ${wordFrequencies.length} wordFrequencies for a vocabulary of ${words} tokens; ` +
          'expected one for each.',
      );
    }
    this.encoder = encoder ?? new BidirectionalLstmEncoder({ ...options, vocabularySize: words });
    const embeddingDim = this.encoder.embedding.shape[1];
    const biases = Float32Array.from(wordFrequencies ?? new Float32Array(words).fill(1), (share) =>
      Math.log(Math.max(share, SMALLEST_FREQUENCY)),
    );
    const seed = initializerSeed(options.seed ?? 0, 'maskedLanguageModel/head');
    [this.#kernel, this.#kernelBias, this.#wordBias] = tf.tidy(() => [
      tf.variable(tf.initializers.heNormal({ seed }).apply([this.encoder.outputDim, embeddingDim])),
      tf.variable(tf.zeros([embeddingDim])),
      tf.variable(tf.tensor1d(biases)),
    ]) as [tf.Variable, tf.Variable, tf.Variable];
    this.weights = [...this.encoder.weights, this.#kernel, this.#kernelBias, this.#wordBias];
  }

  /** The same as {@link weights}. */
  get trainableVariables(): tf.Variable[] {
    return [...this.weights];
  }

  /** Number of trained numbers. */
  get parameterCount(): number {
    return this.weights.reduce((count, { size }) => count + size, 0);
  }

  /**
   * The head: scores of every word for each representation.
   *
   * @param hidden `[M, encoder.outputDim]`.
   * @returns `[M, V]`; the caller disposes it.
   */
  head(hidden: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const transformed = tf.relu(
        tf.matMul(hidden, this.#kernel as tf.Variable<tf.Rank.R2>).add(this.#kernelBias),
      );
      const scores = tf.matMul(transformed as tf.Tensor2D, this.encoder.embedding, false, true);
      return scores.add(this.#wordBias) as tf.Tensor2D;
    });
  }

  /**
   * Scores of every word at every position.
   *
   * @param tokens `[N, T]`, int32, padding at the end of each row.
   * @returns `[N, T, V]`; the caller disposes it.
   */
  call(tokens: tf.Tensor2D, options: TextCallOptions = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const hidden = this.encoder.call(tokens, options);
      const scores = this.head(hidden.reshape([-1, this.encoder.outputDim]));
      return scores.reshape([tokens.shape[0], tokens.shape[1], -1]) as tf.Tensor3D;
    });
  }

  /**
   * Scores of every word at some positions, which saves the rest of the largest product.
   *
   * @param positions `[M]`, int32: row · T + column.
   * @returns `[M, V]`; the caller disposes it.
   */
  callAt(tokens: tf.Tensor2D, positions: tf.Tensor1D, options: TextCallOptions = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const hidden = this.encoder.call(tokens, options);
      return this.head(
        tf.gather(hidden.reshape([-1, this.encoder.outputDim]), positions) as tf.Tensor2D,
      );
    });
  }

  /**
   * The {@link maskedCrossEntropy} of a corrupted batch.
   *
   * @param masked As `maskTokens` returns it.
   * @returns A scalar in nats that can be differentiated by the weights; the caller disposes it.
   * @throws InvalidArgumentError when `capacity` is out of range.
   */
  loss(
    { inputs, targets, weights }: MaskedTokens,
    { capacity = inputs.size, ...options }: MaskedLanguageLossOptions = {},
  ): tf.Scalar {
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= inputs.size)) {
      throw new InvalidArgumentError(
        `MaskedLanguageModel.loss: capacity is ${capacity}; expected a whole number from 1 to ${inputs.size}, the number ` +
          'of positions in the batch.',
      );
    }
    return tf.tidy(() => {
      // Of equal values topk takes the first: the masked positions in their order, then others, whose weight is 0.
      const { values, indices } = tf.topk(weights.flatten(), capacity);
      const positions = indices as tf.Tensor1D;
      return maskedCrossEntropy(
        this.callAt(inputs, positions, options),
        tf.gather(targets.flatten(), positions),
        values as tf.Tensor1D,
      );
    });
  }

  /** Frees the weights. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}

/**
 * The size of the vocabulary that a model is made for.
 *
 * @throws InvalidArgumentError when neither option tells it, the encoder is none, or options contradict it.
 */
function vocabularySizeOf(
  encoder: TokenEncoder | undefined,
  { vocabularySize, seed: _seed, ...ofLstm }: Partial<BidirectionalLstmEncoderOptions>,
): number {
  if (encoder === undefined) {
    if (vocabularySize !== undefined) return vocabularySize;
    throw new InvalidArgumentError(
      'MaskedLanguageModel was given neither a vocabularySize nor an encoder; expected one of them.',
    );
  }
  assertTokenEncoder('MaskedLanguageModel', encoder, ['embedding', 'weights', 'outputDim', 'call']);
  const words = encoder.embedding.shape[0];
  if (vocabularySize !== undefined && vocabularySize !== words) {
    throw new InvalidArgumentError(
      `MaskedLanguageModel: vocabularySize is ${vocabularySize}, and the encoder was made for ${words} tokens; ` +
        'leave vocabularySize out.',
    );
  }
  const [second] = Object.entries(ofLstm).filter(([, value]) => value !== undefined);
  if (second === undefined) return words;
  throw new InvalidArgumentError(
    `MaskedLanguageModel was given an encoder and ${second[0]} (${second[1]}), which the encoder decides; make the encoder ` +
      `with it, and leave ${second[0]} out.`,
  );
}

/**
 * A `capacity` that a batch's masked positions exceed about once in 30,000 batches: their expected number and four
 * standard deviations of the binomial distribution.
 *
 * @param positions Positions in the batch, N · T.
 * @param rate Probability that a position is masked.
 */
export function maskedCapacity(positions: number, rate: number): number {
  const spread = Math.sqrt(positions * rate * (1 - rate));
  return Math.max(1, Math.min(positions, Math.ceil(positions * rate + 4 * spread)));
}
