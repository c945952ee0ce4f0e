import { assertCount, assertDropout } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertSentences } from '../text/token-numbers';
import { PAD } from '../text/vocabulary';
import { initializerSeed } from './initializer-seed';
import type { TextCallOptions, TokenEncoder } from './token-encoder';
import { distanceBias } from './transformer/distance-bias';
import { layerNormalization } from './transformer/layer-normalization';
import { assertHeads } from './transformer/multi-head-attention';
import { assertWaves, sequencePositions } from './transformer/sine-positions';
import {
  type TransformerBlockWeights,
  transformerBlock,
  transformerBlockWeights,
} from './transformer/transformer-block';
import { weightVariables } from './transformer/weight-variables';
import { copyValues } from './variable-of';
import { wordVectors } from './word-vectors';

/** Options of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions {
  /** Number of tokens in the vocabulary. */
  readonly vocabularySize: number;
  /** Length of a word's vector and of a token's representation, d; a multiple of 2 with sines. Default 128. */
  readonly embeddingDim?: number;
  /** Default 2. */
  readonly blocks?: number;
  /** Heads of each block's attention; they divide `embeddingDim`. Default 4. */
  readonly heads?: number;
  /** Units of each block's hidden layer. Default twice `embeddingDim`. */
  readonly hiddenDim?: number;
  /**
   * How tokens know where they stand: `distances` by what each head prefers (`distanceBias`), in rows of any length; `sines` by
   * `sequencePositions`, added to the word vectors. Default `distances`: with `sines` attention begins as a plain mean of the
   * sentence, and short trainings may not get beyond it.
   */
  readonly positions?: 'distances' | 'sines';
  /** Share of what the first block reads that is dropped while training. Default 0. */
  readonly dropout?: number;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A text encoder of Transformer blocks: word vectors, then blocks in which every token looks at all tokens of its sentence,
 *
 * ```
 * x_t = √d · E[token_t],  h = norm(block_B(… block_1(x)))
 * ```
 *
 * Attention is a mean over a set, which has no order. Here each head prefers tokens by their distance, half of them looking back
 * and half forward (`distanceBias`); with `positions: 'sines'`, position_t is added to x_t instead.
 *
 * The word vectors E begin with a length of about 1, as a head that is tied to them needs, so that its first scores are small;
 * `√d` makes their numbers as large as those that blocks and positions add, which would else outweigh the words. No token looks
 * at padding: the same sentence in a longer row has the same representations, and those of padding are 0.
 *
 * @see Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.4 for √d; Devlin et al., "BERT", 2018,
 *   arXiv:1810.04805; blocks as in `transformerBlock`, with the normalization first.
 */
export class TransformerEncoder implements TokenEncoder {
  /** The word vectors E, `[V, embeddingDim]`. */
  readonly embedding: tf.Variable<tf.Rank.R2>;
  readonly weights: readonly tf.Variable[];
  /** Length of a token's representation: `embeddingDim`. */
  readonly outputDim: number;
  /** Heads of each block's attention. */
  readonly heads: number;
  /** The weights of each block. */
  readonly blocks: readonly TransformerBlockWeights<tf.Variable>[];

  readonly #options: TransformerEncoderOptions;
  readonly #positions: 'distances' | 'sines';
  readonly #dropout: number;
  readonly #norm: { readonly scale: tf.Variable; readonly offset: tf.Variable };

  /** @throws InvalidArgumentError when an option is out of range. */
  constructor(options: TransformerEncoderOptions) {
    const { vocabularySize, embeddingDim = 128, blocks = 2, heads = 4 } = options;
    const {
      hiddenDim = 2 * embeddingDim,
      positions = 'distances',
      dropout = 0,
      seed = 0,
    } = options;
    const counts = { vocabularySize, embeddingDim, blocks, hiddenDim };
    for (const [name, value] of Object.entries(counts)) {
      assertCount('TransformerEncoder', name, value);
    }
    assertHeads('TransformerEncoder', embeddingDim, heads);
    assertPositions(positions, embeddingDim);
    assertDropout('TransformerEncoder', dropout);
    const create = weightVariables(seed, 'transformerEncoder');
    this.embedding = wordVectors(
      vocabularySize,
      embeddingDim,
      initializerSeed(seed, 'transformerEncoder/embedding'),
    );
    this.blocks = Array.from({ length: blocks }, (_, block) =>
      transformerBlockWeights(create(`block${block + 1}`), embeddingDim, hiddenDim),
    );
    const norm = create('norm');
    this.#norm = {
      scale: norm('scale', [embeddingDim], 'ones'),
      offset: norm('offset', [embeddingDim], 'zeros'),
    };
    this.#options = { ...options };
    this.#positions = positions;
    this.#dropout = dropout;
    this.heads = heads;
    this.outputDim = embeddingDim;
    this.weights = [
      this.embedding,
      ...this.blocks.flatMap((block) => Object.values(block) as tf.Variable[]),
      ...Object.values(this.#norm),
    ];
  }

  /**
   * What the first block reads: word vectors times √d, with their positions where those are sines.
   *
   * @param tokens `[N, T]`, int32.
   * @returns `[N, T, embeddingDim]`; the caller disposes it.
   * @throws InvalidArgumentError when the tokens are not int32 `[N, T]`, or T is 0.
   */
  embed(tokens: tf.Tensor2D): tf.Tensor3D {
    assertSentences('TransformerEncoder', tokens);
    return tf.tidy(() => {
      const words = tf.gather(this.embedding, tokens).mul<tf.Tensor3D>(Math.sqrt(this.outputDim));
      if (this.#positions === 'distances') return words;
      return words.add(tf.tensor2d(sequencePositions(tokens.shape[1], this.outputDim)));
    });
  }

  /**
   * The representation of every token.
   *
   * @param tokens `[N, T]`, int32; padding (0) stands at the end of a row.
   * @returns `[N, T, outputDim]`, 0 where there is padding; the caller disposes it.
   * @throws InvalidArgumentError when the tokens are not int32 `[N, T]`, or T is 0.
   */
  call(tokens: tf.Tensor2D, options: TextCallOptions = {}): tf.Tensor3D {
    return tf.tidy(() => this.#read(tokens, options).outputs);
  }

  /**
   * Where the tokens look: the attention of each block.
   *
   * @param tokens `[N, T]`, int32; padding (0) stands at the end of a row.
   * @returns For each block `[N, heads, T, T]`, whose rows sum to 1, with 0 for padding: how much each token looks at each
   *   other one. Rows of padding tell nothing, nor does a sentence of nothing but padding, whose weights are all 1/T. The caller
   *   disposes them.
   * @throws InvalidArgumentError when the tokens are not int32 `[N, T]`, or T is 0.
   */
  attention(tokens: tf.Tensor2D): tf.Tensor4D[] {
    return tf.tidy(() => this.#read(tokens, {}).attention);
  }

  #read(
    tokens: tf.Tensor2D,
    { random }: TextCallOptions,
  ): { outputs: tf.Tensor3D; attention: tf.Tensor4D[] } {
    let x = this.embed(tokens);
    const mask = tf.cast(tf.notEqual(tokens, PAD), 'float32') as tf.Tensor2D;
    if (random !== undefined && this.#dropout > 0) x = random.dropout(x, this.#dropout);
    const options = {
      heads: this.heads,
      mask,
      ...(this.#positions === 'distances' && {
        bias: tf.tensor3d(distanceBias(tokens.shape[1], this.heads)),
      }),
    };
    const attention: tf.Tensor4D[] = [];
    for (const block of this.blocks) {
      const result = transformerBlock(x, block, options);
      attention.push(result.attention);
      x = result.outputs;
    }
    const { scale, offset } = this.#norm;
    const outputs = layerNormalization(x, scale, offset).mul<tf.Tensor3D>(mask.expandDims(2));
    return { outputs, attention };
  }

  /**
   * An encoder of the same sizes with weights of its own, which begin with the values of this one's: what is trained later
   * changes the copy alone.
   *
   * @param changes `dropout` of the copy, where it shall be another.
   * @returns The caller disposes it.
   * @throws InvalidArgumentError when the dropout is out of range.
   */
  copy({ dropout = this.#dropout }: { readonly dropout?: number } = {}): TransformerEncoder {
    const copy = new TransformerEncoder({ ...this.#options, dropout });
    copyValues(this.weights, copy.weights);
    return copy;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}

/** @throws InvalidArgumentError when tokens cannot be told where they stand. */
function assertPositions(positions: string, embeddingDim: number): void {
  if (positions !== 'distances' && positions !== 'sines') {
    throw new InvalidArgumentError(
      `TransformerEncoder: positions is "${positions}"; expected "distances" or "sines".`,
    );
  }
  if (positions === 'sines') assertWaves('TransformerEncoder', 'embeddingDim', embeddingDim, 1);
}
