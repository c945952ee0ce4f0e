import { type BidirectionalLstmWeights, bidirectionalLstm } from 'tfjs-compile';
import { assertCount, assertDropout } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertSentences } from '../text/token-numbers';
import { PAD } from '../text/vocabulary';
import { initializerSeed } from './initializer-seed';
import type { TextCallOptions, TokenEncoder } from './token-encoder';
import { copyValues } from './variable-of';
import { wordVectors } from './word-vectors';

/** Options of {@link BidirectionalLstmEncoder}. */
export interface BidirectionalLstmEncoderOptions {
  /** Number of tokens in the vocabulary. */
  readonly vocabularySize: number;
  /** Length of a word's vector. Default 128. */
  readonly embeddingDim?: number;
  /** Units of each direction, so that a token's representation has twice as many. Default 64. */
  readonly units?: number;
  /** LSTM layers, each reading what the one below it wrote. Default 1. */
  readonly layers?: number;
  /** Share of the inputs of each LSTM layer that is dropped while training. Default 0. */
  readonly dropout?: number;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A text encoder with one representation **per token**: word vectors, then LSTM layers that read each sentence from its
 * start and from its end. What stands at position t has seen everything before it (forward half) and after it (backward
 * half). Padding is not read: the same sentence in a longer row has the same representations, and those of padding are 0.
 *
 * @see Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.
 */
export class BidirectionalLstmEncoder implements TokenEncoder {
  /** The word vectors, `[V, embeddingDim]`. */
  readonly embedding: tf.Variable<tf.Rank.R2>;
  readonly weights: readonly tf.Variable[];
  /** Length of a token's representation: twice the units. */
  readonly outputDim: number;

  readonly #options: BidirectionalLstmEncoderOptions;
  readonly #dropout: number;
  readonly #layers: readonly BidirectionalLstmWeights[];

  /** @throws InvalidArgumentError when an option is out of range. */
  constructor({
    vocabularySize,
    embeddingDim = 128,
    units = 64,
    layers = 1,
    dropout = 0,
    seed = 0,
  }: BidirectionalLstmEncoderOptions) {
    for (const [name, value] of Object.entries({ vocabularySize, embeddingDim, units, layers })) {
      assertCount('BidirectionalLstmEncoder', name, value);
    }
    assertDropout('BidirectionalLstmEncoder', dropout);
    const seedOf = (path: string): number =>
      initializerSeed(seed, `bidirectionalLstmEncoder/${path}`);
    const glorot = (shape: [number, number], path: string): tf.Variable =>
      tf.tidy(() =>
        tf.variable(tf.initializers.glorotUniform({ seed: seedOf(path) }).apply(shape)),
      );
    this.embedding = wordVectors(vocabularySize, embeddingDim, seedOf('embedding'));
    const direction = (inputDim: number, path: string) => ({
      kernel: glorot([inputDim, 4 * units], `${path}/kernel`),
      recurrentKernel: glorot([units, 4 * units], `${path}/recurrentKernel`),
      // 1 for the forget gate: the memory is kept until training says otherwise.
      bias: tf.tidy(() =>
        tf.variable(tf.concat([tf.zeros([units]), tf.ones([units]), tf.zeros([2 * units])])),
      ),
    });
    const built = Array.from({ length: layers }, (_, layer) => {
      const inputDim = layer === 0 ? embeddingDim : 2 * units;
      return {
        forwards: direction(inputDim, `${layer}/forwards`),
        backwards: direction(inputDim, `${layer}/backwards`),
      };
    });
    this.#options = { vocabularySize, embeddingDim, units, layers, dropout, seed };
    this.#layers = built;
    this.#dropout = dropout;
    this.outputDim = 2 * units;
    this.weights = [
      this.embedding,
      ...built.flatMap(({ forwards, backwards }) => [
        ...Object.values(forwards),
        ...Object.values(backwards),
      ]),
    ];
  }

  /**
   * The representation of every token.
   *
   * @param tokens `[N, T]`, int32; padding (0) stands at the end of a row.
   * @returns `[N, T, outputDim]`, 0 where there is padding; the caller disposes it.
   * @throws InvalidArgumentError when the tokens are not int32 `[N, T]`, or T is 0.
   */
  call(tokens: tf.Tensor2D, { random }: TextCallOptions = {}): tf.Tensor3D {
    assertSentences('BidirectionalLstmEncoder', tokens);
    return tf.tidy(() => {
      const lengths = tf.sum(tf.cast(tf.notEqual(tokens, PAD), 'int32'), 1) as tf.Tensor1D;
      let x = tf.gather(this.embedding, tokens) as unknown as tf.Tensor3D;
      for (const layer of this.#layers) {
        const seen =
          random === undefined || this.#dropout === 0 ? x : random.dropout(x, this.#dropout);
        x = bidirectionalLstm(seen, layer, { lengths }).outputs;
      }
      return x;
    });
  }

  /**
   * An encoder of the same sizes with weights of its own, which begin with the values of this one's: what is trained later
   * changes the copy alone.
   *
   * @param changes `dropout` of the copy, where it shall be another.
   * @returns The caller disposes it.
   * @throws InvalidArgumentError when the dropout is out of range.
   */
  copy({ dropout = this.#dropout }: { readonly dropout?: number } = {}): BidirectionalLstmEncoder {
    const copy = new BidirectionalLstmEncoder({ ...this.#options, dropout });
    copyValues(this.weights, copy.weights);
    return copy;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}
