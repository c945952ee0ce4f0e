import { l2Normalise } from '../losses/l2-normalise';
import {
  type SameCaptionPairs,
  type TwoTowerLossOptions,
  twoTowerLoss,
} from '../losses/two-tower-loss';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { CaptionEncoder } from './caption-encoder';
import { trainableVariablesOf, variablesOf } from './variable-of';

/**
 * A loss of images and their texts, `twoTowerLoss` or one of your own that tfjs can differentiate.
 *
 * @param images `[N, d]`. @param texts `[N, d]`.
 * @param captions `[N]`, int32: equal numbers, equal captions.
 */
export type TowerLoss = (
  images: tf.Tensor2D,
  texts: tf.Tensor2D,
  captions: tf.Tensor1D,
  options: Required<TwoTowerLossOptions>,
) => tf.Scalar;

/** The parts of a {@link TwoTowerModel}, which takes them over: `dispose` disposes them. */
export interface TwoTowerOptions {
  /** From images `[N, H, W, C]` to features `[N, f]`. */
  readonly imageEncoder: tf.LayersModel;
  /** From features `[N, f]` to `[N, d]`, the space in which images and texts are compared. */
  readonly imageProjection: tf.LayersModel;
  /** From token numbers `[N, T]` to `[N, d]`. */
  readonly textEncoder: CaptionEncoder;
  /** The τ that learning begins with. Default 0.07. */
  readonly temperature?: number;
  /** Compares the towers' outputs, at the learned temperature. Default `twoTowerLoss`. */
  readonly loss?: TowerLoss;
}

/** What {@link TwoTowerModel.loss} computes. */
export interface TwoTowerModelLoss {
  readonly loss: tf.Scalar;
  /** `[N, d]`, rows of length 1. */
  readonly images: tf.Tensor2D;
  /** `[N, d]`, rows of length 1. */
  readonly texts: tf.Tensor2D;
}

/** `1 / τ` may not exceed this, as in CLIP: a colder softmax makes training unstable. */
const GREATEST_SCALE = 100;

/**
 * Two towers, one for images and one for texts, that end in the same space: an image and its caption shall be close there,
 * by cosine, and an image and another's caption not. Neither tower sees the other's input, so texts that were never in
 * training can be compared with images that were never in training.
 *
 * The temperature is learned with the weights, as `ln(1 / τ)`, and kept at 0.01 or above.
 *
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, arXiv:2103.00020.
 */
export class TwoTowerModel {
  readonly imageEncoder: tf.LayersModel;
  readonly imageProjection: tf.LayersModel;
  readonly textEncoder: CaptionEncoder;
  /** What compares the towers' outputs. */
  readonly towerLoss: TowerLoss;
  readonly #logScale: tf.Variable<tf.Rank.R0>;

  /** @throws InvalidArgumentError when the towers end in different widths, or the temperature is out of range. */
  constructor({
    imageEncoder,
    imageProjection,
    textEncoder,
    temperature = 0.07,
    loss = twoTowerLoss,
  }: TwoTowerOptions) {
    const [features, width] = [imageEncoder.outputShape[1], imageProjection.outputShape[1]];
    if (imageProjection.inputs[0]?.shape[1] !== features || width !== textEncoder.outputDim) {
      throw new InvalidArgumentError(
        `TwoTowerModel: the image encoder ends in ${features} numbers, its projection takes ` +
          `${imageProjection.inputs[0]?.shape[1]} and ends in ${width}, the text encoder in ${textEncoder.outputDim}; ` +
          'expected a projection that fits the encoder, and equal widths of both towers.',
      );
    }
    if (!(temperature >= 1 / GREATEST_SCALE && Number.isFinite(temperature))) {
      throw new InvalidArgumentError(
        `TwoTowerModel: the temperature is ${temperature}; expected ${1 / GREATEST_SCALE} or more, such as 0.07.`,
      );
    }
    this.imageEncoder = imageEncoder;
    this.imageProjection = imageProjection;
    this.textEncoder = textEncoder;
    this.towerLoss = loss;
    this.#logScale = tf.tidy(() => tf.variable(tf.scalar(-Math.log(temperature))));
  }

  /**
   * Where images lie in the common space.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @param options With `training: true` batch normalization uses the batch and updates its moving averages.
   * @returns `[N, d]`, rows of length 1; the caller disposes it.
   */
  embedImages(images: tf.Tensor4D, { training = false }: { training?: boolean } = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const features = this.imageEncoder.apply(images, { training });
      return l2Normalise(this.imageProjection.apply(features, { training }) as tf.Tensor2D);
    });
  }

  /**
   * Where sentences lie in the common space.
   *
   * @param tokens `[N, T]`, int32, padding 0.
   * @returns `[N, d]`, rows of length 1; the caller disposes it.
   */
  embedTexts(tokens: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => l2Normalise(this.textEncoder.call(tokens)));
  }

  /** τ as it is now, a scalar that can be differentiated; the caller disposes it. */
  temperature(): tf.Scalar {
    return tf.tidy(() => tf.exp(tf.neg(this.#logScale)) as tf.Scalar);
  }

  /**
   * The loss of a batch at the learned temperature.
   *
   * @param images `[N, H, W, C]`. @param tokens `[N, T]`: row `i` is the caption of image `i`.
   * @param captions `[N]`, int32: which caption it is.
   * @returns Tensors that the caller disposes; `loss` can be differentiated by the variables.
   */
  loss(
    images: tf.Tensor4D,
    tokens: tf.Tensor2D,
    captions: tf.Tensor1D,
    { sameCaption = 'positives' }: { sameCaption?: SameCaptionPairs } = {},
  ): TwoTowerModelLoss {
    return tf.tidy(() => {
      const imageRows = this.embedImages(images, { training: true });
      const textRows = this.embedTexts(tokens);
      const options = { temperature: this.temperature(), sameCaption };
      return {
        loss: this.towerLoss(imageRows, textRows, captions, options),
        images: imageRows,
        texts: textRows,
      };
    });
  }

  /** Brings τ back to 0.01 where an update took it below. */
  clipTemperature(): void {
    tf.tidy(() => {
      this.#logScale.assign(tf.minimum(this.#logScale, Math.log(GREATEST_SCALE)));
    });
  }

  /** What the optimizer changes: both towers' weights, and the logarithm of `1 / τ`. */
  get trainableVariables(): tf.Variable[] {
    const layers = trainableVariablesOf(this.#imageModels);
    return [...layers, ...this.textEncoder.trainableVariables, this.#logScale];
  }

  /** What a checkpoint saves: the trainable variables and batch normalization's moving averages. */
  get weights(): tf.Variable[] {
    const layers = variablesOf(this.#imageModels);
    return [...layers, ...this.textEncoder.weights, this.#logScale];
  }

  /** Frees the weights of both towers. */
  dispose(): void {
    for (const part of [...this.#imageModels, this.textEncoder, this.#logScale]) part.dispose();
  }

  get #imageModels(): tf.LayersModel[] {
    return [this.imageEncoder, this.imageProjection];
  }
}
