import type { RandomStream } from 'tfjs-compile';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { copyModel } from './copy-model';
import { featureWidth } from './feature-width';
import { initializerSeed } from './initializer-seed';
import { trainableVariablesOf, variablesOf } from './variable-of';

/** The parts of a {@link Classifier}. */
export interface ClassifierOptions {
  /** From images `[N, H, W, C]` to features `[N, d]`, pre-trained or fresh. It is copied: the given one stays as it is. */
  readonly encoder: tf.LayersModel;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Units of a hidden relu layer before the classes, 64 in the tutorial; `null` (default) is a linear head. */
  readonly hiddenDim?: number | null;
  /** Share of the hidden units set to 0 while training. Default 0.2 where there is a hidden layer, as in the tutorial. */
  readonly dropout?: number;
  /** Equal seeds give equal initial weights of the head. Default 0. */
  readonly seed?: number;
}

/** How {@link Classifier.logits} is computed. */
export interface ClassifierCall {
  /** Whether the encoder's batch normalization uses the batch and updates its moving averages. Default false. */
  readonly trainEncoder?: boolean;
  /** Draws the dropout of the head; without it nothing is dropped. */
  readonly random?: RandomStream;
  /** @deprecated The former name of `random`. */
  readonly dropoutRandom?: RandomStream;
}

/**
 * An encoder with a classification head, for transfer: what pre-training has learned is put to use with labels.
 *
 * The output layer starts at zero, so that every class first gets the same probability and the loss begins at
 * ln(classes): a random head would send random gradients into the pre-trained encoder. After a hidden layer it starts
 * from Glorot's distribution, since zeros there would stop the gradient.
 */
export class Classifier {
  readonly encoder: tf.LayersModel;
  readonly classes: number;
  readonly #hidden: tf.LayersModel | null;
  readonly #output: tf.LayersModel;
  readonly #dropout: number;

  /** @throws InvalidArgumentError when the encoder does not end in `[N, d]`, or a number is out of range. */
  constructor({ encoder, classes, hiddenDim = null, dropout, seed = 0 }: ClassifierOptions) {
    const width = featureWidth('Classifier', "the encoder's output", encoder);
    assertCount('Classifier', 'classes', classes, 2);
    if (hiddenDim !== null) assertCount('Classifier', 'hiddenDim', hiddenDim, 1);
    this.#dropout = dropout ?? (hiddenDim === null ? 0 : 0.2);
    if (!(this.#dropout >= 0 && this.#dropout < 1) || (this.#dropout > 0 && hiddenDim === null)) {
      throw new InvalidArgumentError(
        `Classifier: dropout is ${dropout}; expected 0 ≤ dropout < 1, and 0 where there is no hidden layer to drop from.`,
      );
    }
    const initializer = (layer: string) =>
      tf.initializers.glorotUniform({ seed: initializerSeed(seed, `classifier/${layer}`) });
    this.encoder = copyModel(encoder);
    this.classes = classes;
    this.#hidden =
      hiddenDim === null
        ? null
        : dense(width, {
            units: hiddenDim,
            activation: 'relu',
            kernelInitializer: initializer('hidden'),
          });
    this.#output = dense(hiddenDim ?? width, {
      units: classes,
      kernelInitializer: hiddenDim === null ? 'zeros' : initializer('output'),
    });
  }

  /**
   * Unnormalised log probabilities of the classes.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1], as the encoder takes them.
   * @returns `[N, classes]`; the caller disposes it.
   */
  logits(
    images: tf.Tensor4D,
    { trainEncoder = false, dropoutRandom, random = dropoutRandom }: ClassifierCall = {},
  ): tf.Tensor2D {
    return tf.tidy(() => {
      let features = this.encoder.apply(images, { training: trainEncoder }) as tf.Tensor2D;
      if (this.#hidden !== null) {
        features = this.#hidden.apply(features) as tf.Tensor2D;
        if (random !== undefined && this.#dropout > 0) {
          features = random.dropout(features, this.#dropout);
        }
      }
      return this.#output.apply(features) as tf.Tensor2D;
    });
  }

  /** What an optimizer changes in the encoder: kernels, biases, batch normalization's scales and offsets. */
  get encoderVariables(): tf.Variable[] {
    return trainableVariablesOf([this.encoder]);
  }

  /** What an optimizer changes in the head. */
  get headVariables(): tf.Variable[] {
    return trainableVariablesOf(this.#headModels);
  }

  /** All weights, batch normalization's moving averages included: what a checkpoint holds. */
  get weights(): tf.Variable[] {
    return variablesOf([this.encoder, ...this.#headModels]);
  }

  /** Disposes the head and the copy of the encoder. */
  dispose(): void {
    for (const model of [this.encoder, ...this.#headModels]) model.dispose();
  }

  get #headModels(): tf.LayersModel[] {
    return this.#hidden === null ? [this.#output] : [this.#hidden, this.#output];
  }
}

type DenseOptions = Parameters<typeof tf.layers.dense>[0];

function dense(width: number, options: DenseOptions): tf.LayersModel {
  const input = tf.input({ shape: [width] });
  const outputs = tf.layers.dense(options).apply(input) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs });
}
