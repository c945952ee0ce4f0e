import type { RandomStream } from 'tfjs-compile';
import { assertCount, assertDropout } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { maskedMeanPooling, type SentencePooling } from './masked-mean-pooling';
import { assertTokenEncoder, type TokenEncoder } from './token-encoder';

/** The parts of a {@link SentenceClassifier}. */
export interface SentenceClassifierOptions {
  /** Pre-trained or fresh. It is copied: the given one stays as it is. */
  readonly encoder: TokenEncoder;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** How a sentence's tokens become one representation. Default {@link maskedMeanPooling}. */
  readonly pooling?: SentencePooling;
  /** Share of a sentence's representation that is dropped while training. Default 0. */
  readonly dropout?: number;
  /** Dropout of the encoder while training: of an LSTM, the share of the inputs of each layer. Default 0. */
  readonly encoderDropout?: number;
}

/** How {@link SentenceClassifier.logits} is computed. */
export interface SentenceClassifierCall {
  /** Draws the dropout of a training step; without it nothing is dropped. */
  readonly random?: RandomStream;
}

/**
 * A sentence classifier on a text encoder: token representations, pooled to one per sentence, and a linear layer,
 *
 * `logits = pool(h₁ … h_T)·W + b`.
 *
 * `W` and `b` begin at 0, so that every class first gets the same probability and the loss begins at ln(classes).
 */
export class SentenceClassifier {
  readonly encoder: TokenEncoder;
  readonly classes: number;
  readonly #pooling: SentencePooling;
  readonly #dropout: number;
  readonly #kernel: tf.Variable<tf.Rank.R2>;
  readonly #bias: tf.Variable<tf.Rank.R1>;

  /** @throws InvalidArgumentError when an option is out of range, or the encoder is none. */
  constructor({
    encoder,
    classes,
    pooling = maskedMeanPooling,
    dropout = 0,
    encoderDropout = 0,
  }: SentenceClassifierOptions) {
    assertCount('SentenceClassifier', 'classes', classes, 2);
    assertDropout('SentenceClassifier', dropout);
    assertTokenEncoder('SentenceClassifier', encoder, ['weights', 'outputDim', 'call', 'copy']);
    this.encoder = encoder.copy({ dropout: encoderDropout });
    this.classes = classes;
    this.#pooling = pooling;
    this.#dropout = dropout;
    [this.#kernel, this.#bias] = tf.tidy(() => [
      tf.variable(tf.zeros<tf.Rank.R2>([encoder.outputDim, classes])),
      tf.variable(tf.zeros<tf.Rank.R1>([classes])),
    ]) as [tf.Variable<tf.Rank.R2>, tf.Variable<tf.Rank.R1>];
  }

  /**
   * The pooled representation of each sentence.
   *
   * @param tokens `[N, T]`, int32, padding at the end of each row.
   * @returns `[N, encoder.outputDim]`; the caller disposes it.
   */
  features(tokens: tf.Tensor2D, { random }: SentenceClassifierCall = {}): tf.Tensor2D {
    return tf.tidy(() =>
      this.#pooling(this.encoder.call(tokens, random === undefined ? {} : { random }), tokens),
    );
  }

  /**
   * Unnormalised log probabilities of the classes.
   *
   * @param tokens `[N, T]`, int32, padding at the end of each row.
   * @returns `[N, classes]`; the caller disposes it.
   */
  logits(tokens: tf.Tensor2D, { random }: SentenceClassifierCall = {}): tf.Tensor2D {
    return tf.tidy(() => {
      let features = this.features(tokens, random === undefined ? {} : { random });
      if (random !== undefined && this.#dropout > 0) {
        features = random.dropout(features, this.#dropout);
      }
      return tf.matMul(features, this.#kernel).add<tf.Tensor2D>(this.#bias);
    });
  }

  /** What an optimizer changes in the encoder. */
  get encoderVariables(): tf.Variable[] {
    return [...this.encoder.weights];
  }

  /** What an optimizer changes in the head. */
  get headVariables(): tf.Variable[] {
    return [this.#kernel, this.#bias];
  }

  /** All weights: what a checkpoint holds. */
  get weights(): tf.Variable[] {
    return [...this.encoderVariables, ...this.headVariables];
  }

  /** Disposes the head and the copy of the encoder. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}
