import { assertCount } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertSentences } from '../text/token-numbers';
import { PAD } from '../text/vocabulary';
import { initializerSeed } from './initializer-seed';

/** Options of {@link CaptionEncoder}. */
export interface CaptionEncoderOptions {
  /** Number of tokens in the vocabulary. */
  readonly vocabularySize: number;
  /** Length of a word's vector. Default 128. */
  readonly embeddingDim?: number;
  /** Units of the hidden layer. Default 128. */
  readonly hiddenDim?: number;
  /** Length of the vector a caption becomes. Default 64. */
  readonly projectionDim?: number;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A text tower for short captions: the mean of the word vectors of a sentence, padding left out, and a layer of relu
 * units before the output, `W₂ relu(W₁ m + b₁) + b₂`. Two captions with a word in common begin close to each other,
 * which lets what was learned of one serve the other. The order of the words is lost.
 */
export class CaptionEncoder {
  /** The word vectors, `[V, embeddingDim]`. */
  readonly embedding: tf.Variable<tf.Rank.R2>;
  readonly weights: readonly tf.Variable[];
  /** Length of the vector a caption becomes. */
  readonly outputDim: number;

  readonly #hidden: { readonly kernel: tf.Variable; readonly bias: tf.Variable };
  readonly #output: { readonly kernel: tf.Variable; readonly bias: tf.Variable };

  /** @throws InvalidArgumentError when an option is out of range. */
  constructor({
    vocabularySize,
    embeddingDim = 128,
    hiddenDim = 128,
    projectionDim = 64,
    seed = 0,
  }: CaptionEncoderOptions) {
    const sizes = { vocabularySize, embeddingDim, hiddenDim, projectionDim };
    for (const [name, value] of Object.entries(sizes)) {
      assertCount('CaptionEncoder', name, value);
    }
    const seedOf = (layer: string): number => initializerSeed(seed, `captionEncoder/${layer}`);
    const drawn = (initializer: ReturnType<typeof tf.initializers.heNormal>, shape: number[]) =>
      tf.tidy(() => tf.variable(initializer.apply(shape)));
    this.embedding = drawn(tf.initializers.randomNormal({ stddev: 1, seed: seedOf('embedding') }), [
      vocabularySize,
      embeddingDim,
    ]) as tf.Variable<tf.Rank.R2>;
    const zeros = (units: number) => tf.tidy(() => tf.variable(tf.zeros([units])));
    this.#hidden = {
      kernel: drawn(tf.initializers.heNormal({ seed: seedOf('hidden') }), [
        embeddingDim,
        hiddenDim,
      ]),
      bias: zeros(hiddenDim),
    };
    this.#output = {
      kernel: drawn(tf.initializers.glorotUniform({ seed: seedOf('output') }), [
        hiddenDim,
        projectionDim,
      ]),
      bias: zeros(projectionDim),
    };
    this.outputDim = projectionDim;
    const layers = [this.#hidden, this.#output];
    this.weights = [this.embedding, ...layers.flatMap(({ kernel, bias }) => [kernel, bias])];
  }

  /** The same as {@link weights}. */
  get trainableVariables(): tf.Variable[] {
    return [...this.weights];
  }

  /**
   * One vector for each sentence.
   *
   * @param tokens `[N, T]`, int32; padding (0) does not count, wherever it stands.
   * @returns `[N, projectionDim]`, not scaled to length 1; the caller disposes it.
   * @throws InvalidArgumentError when the tokens are not int32 `[N, T]`, or T is 0.
   */
  call(tokens: tf.Tensor2D): tf.Tensor2D {
    assertSentences('CaptionEncoder', tokens);
    return tf.tidy(() => {
      const real = tf.notEqual(tokens, PAD).toFloat();
      const share = real.div(real.sum(1, true).maximum(1));
      const words = tf.gather(this.embedding, tokens);
      const mean = words.mul(share.expandDims(2)).sum(1) as tf.Tensor2D;
      const hidden = tf.relu(
        tf.matMul(mean, this.#hidden.kernel as tf.Variable<tf.Rank.R2>).add(this.#hidden.bias),
      ) as tf.Tensor2D;
      return tf
        .matMul(hidden, this.#output.kernel as tf.Variable<tf.Rank.R2>)
        .add(this.#output.bias) as tf.Tensor2D;
    });
  }

  /** Frees the weights. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}
