import type { RandomStream } from 'tfjs-compile';
import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { type PatchMask, randomPatchMask } from './random-patch-mask';
import { dense } from './transformer/dense';
import { imagePatches, imagesOfPatches } from './transformer/image-patches';
import { layerNormalization } from './transformer/layer-normalization';
import { assertHeads } from './transformer/multi-head-attention';
import { sinePositions } from './transformer/sine-positions';
import {
  type TransformerBlockWeights,
  transformerBlock,
  transformerBlockWeights,
} from './transformer/transformer-block';
import type { VisionTransformerLayer } from './transformer/vision-transformer-layer';
import { weightVariables } from './transformer/weight-variables';
import { variablesOf } from './variable-of';
import { visionTransformerLayerOf } from './vision-transformer';

/** The parts of a {@link MaskedAutoencoder}. */
export interface MaskedAutoencoderOptions {
  /** A `visionTransformer`. The model takes it over: `dispose` disposes it. */
  readonly encoder: tf.LayersModel;
  /** Share of the patches that the encoder does not see. Default 0.75. */
  readonly maskRatio?: number;
  /** Which patches are hidden. Default {@link randomPatchMask}. */
  readonly mask?: PatchMask;
  /** Numbers for each token of the decoder, a multiple of 4. Default 48. */
  readonly decoderDim?: number;
  /** Default 1. */
  readonly decoderBlocks?: number;
  /** Heads of the decoder's attention; they divide `decoderDim`. Default 3. */
  readonly decoderHeads?: number;
  /**
   * The decoder foretells each patch as it looks with mean 0 and deviation 1, so that contrast counts, not brightness. Default
   * false: pixels as they are.
   */
  readonly normaliseTargets?: boolean;
  /** Equal seeds give equal initial weights of the decoder. Default 0. */
  readonly seed?: number;
}

/** What is drawn for {@link MaskedAutoencoder.loss}. */
export interface MaskedLossOptions {
  /** Draws which patches are hidden. */
  readonly random: RandomStream;
}

/** How {@link MaskedAutoencoder.reconstruct} hides patches. */
export interface ReconstructOptions extends MaskedLossOptions {
  /** Share of the patches that is hidden. Default: the model's own. */
  readonly maskRatio?: number;
}

/** What {@link MaskedAutoencoder.reconstruct} gives. */
export interface Reconstruction {
  /** 1 for each patch that was hidden, 0 for each visible one, `[N, T]`. */
  readonly hidden: tf.Tensor2D;
  /** The images with what was hidden in grey, `[N, H, W, C]`. */
  readonly masked: tf.Tensor4D;
  /** What was visible, and the decoder's guess of the rest, in [0, 1], `[N, H, W, C]`. */
  readonly reconstructed: tf.Tensor4D;
}

/** Which patches of each image the encoder sees. */
interface Visibility {
  /** One row of T numbers for each visible patch, 1 at its place: `[N, V, T]`. */
  readonly selection: tf.Tensor3D;
  /** 1 for hidden patches, 0 for visible ones, `[N, T]`. */
  readonly hidden: tf.Tensor2D;
}

/** Added to a patch's variance under the root. */
const EPSILON = 1e-6;
const GREY = 0.5;

/**
 * A masked autoencoder: most patches of each image are hidden, the encoder sees the others alone, and a small decoder guesses
 * the hidden pixels from what the encoder made of them. After training the decoder is thrown away.
 *
 * ```
 * loss = mean over hidden patches of mean((guess − patch)²)
 * ```
 *
 * @see He, Chen, Xie, Li, Dollár, Girshick, "Masked Autoencoders Are Scalable Vision Learners", 2021, arXiv:2111.06377.
 */
export class MaskedAutoencoder {
  readonly encoder: tf.LayersModel;
  readonly maskRatio: number;
  /** What the optimizer changes and a checkpoint saves: encoder and decoder. */
  readonly weights: readonly tf.Variable[];

  readonly #layer: VisionTransformerLayer;
  readonly #mask: PatchMask;
  readonly #heads: number;
  readonly #normaliseTargets: boolean;
  readonly #decoder: DecoderWeights;

  /** @throws InvalidArgumentError when the encoder is no `visionTransformer`, or an option is out of range. */
  constructor({
    encoder,
    maskRatio = 0.75,
    mask = randomPatchMask,
    decoderDim = 48,
    decoderBlocks = 1,
    decoderHeads = 3,
    normaliseTargets = false,
    seed = 0,
  }: MaskedAutoencoderOptions) {
    this.#layer = visionTransformerLayerOf('MaskedAutoencoder', encoder);
    assertCount('MaskedAutoencoder', 'decoderDim', decoderDim);
    assertCount('MaskedAutoencoder', 'decoderBlocks', decoderBlocks);
    assertHeads('MaskedAutoencoder', decoderDim, decoderHeads);
    if (decoderDim % 4 !== 0) {
      throw new InvalidArgumentError(
        `MaskedAutoencoder: decoderDim is ${decoderDim}; expected a multiple of 4, for sines and cosines of two coordinates.`,
      );
    }
    this.encoder = encoder;
    this.maskRatio = maskRatio;
    this.#visiblePatches('MaskedAutoencoder', maskRatio);
    this.#mask = mask;
    this.#heads = decoderHeads;
    this.#normaliseTargets = normaliseTargets;
    const { dim, patchSize, imageShape } = this.#layer.config;
    this.#decoder = decoderWeights(seed, {
      encoderDim: dim,
      dim: decoderDim,
      blocks: decoderBlocks,
      patchLength: patchSize * patchSize * imageShape[2],
      firstGuess: normaliseTargets ? 0 : GREY,
    });
    const { blocks, ...others } = this.#decoder;
    this.weights = [
      ...variablesOf([encoder]),
      ...Object.values(others),
      ...blocks.flatMap((block) => Object.values(block) as tf.Variable[]),
    ];
  }

  /** The same as {@link weights}: it has no moving averages. */
  get trainableVariables(): tf.Variable[] {
    return [...this.weights];
  }

  /**
   * The loss of a batch, with patches hidden anew.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @returns The loss, which can be differentiated with respect to the weights; the caller disposes it.
   * @throws InvalidArgumentError when the mask has another shape than `[N, T]`.
   */
  loss(images: tf.Tensor4D, { random }: MaskedLossOptions): tf.Scalar {
    return tf.tidy(() => {
      const visibility = this.#hide('MaskedAutoencoder.loss', images, {
        random,
        maskRatio: this.maskRatio,
      });
      const { hidden } = visibility;
      const guesses = this.#guess(images, visibility);
      const patches = imagePatches(images, this.#layer.config.patchSize);
      const target = this.#normaliseTargets ? standardised(patches).values : patches;
      const errors = tf.squaredDifference(guesses, target).mean(2);
      return errors.mul(hidden).sum().div(hidden.sum()) as tf.Scalar;
    });
  }

  /**
   * Hides patches and guesses them, to be looked at. Where targets are normalised, each guess is given the mean and deviation
   * of the true patch, as the paper's figures are. Another share may be hidden than in training: the encoder takes any number of
   * tokens.
   *
   * @param images `[N, H, W, C]`, float32 in [0, 1].
   * @returns Tensors that the caller disposes.
   * @throws InvalidArgumentError when `maskRatio` hides no patch, or all, or the mask has another shape than `[N, T]`.
   */
  reconstruct(
    images: tf.Tensor4D,
    { random, maskRatio = this.maskRatio }: ReconstructOptions,
  ): Reconstruction {
    const { patchSize, imageShape } = this.#layer.config;
    return tf.tidy(() => {
      const visibility = this.#hide('MaskedAutoencoder.reconstruct', images, { random, maskRatio });
      const patches = imagePatches(images, patchSize);
      let guesses = this.#guess(images, visibility);
      if (this.#normaliseTargets) {
        const { mean, deviation } = standardised(patches);
        guesses = guesses.mul(deviation).add(mean) as tf.Tensor3D;
      }
      const hidden = visibility.hidden.expandDims(2);
      const together = (filling: tf.Tensor | number): tf.Tensor4D =>
        imagesOfPatches(
          patches.mul(tf.sub(1, hidden)).add(tf.mul(hidden, filling)) as tf.Tensor3D,
          imageShape,
          patchSize,
        );
      return {
        hidden: visibility.hidden,
        masked: together(GREY),
        reconstructed: together(guesses.clipByValue(0, 1)),
      };
    });
  }

  /** Disposes encoder and decoder. */
  dispose(): void {
    this.encoder.dispose();
    const { blocks, ...others } = this.#decoder;
    tf.dispose([...Object.values(others), ...blocks.flatMap((block) => Object.values(block))]);
  }

  get #patches(): number {
    const { imageShape, patchSize } = this.#layer.config;
    return (imageShape[0] / patchSize) * (imageShape[1] / patchSize);
  }

  /** How many patches a mask ratio leaves visible. */
  #visiblePatches(caller: string, maskRatio: number): number {
    const patches = this.#patches;
    const visible = Math.round(patches * (1 - maskRatio));
    if (visible > 0 && visible < patches) return visible;
    throw new InvalidArgumentError(
      `${caller}: a maskRatio of ${maskRatio} leaves ${visible} of ${patches} patches visible; expected at least 1, and 1 ` +
        'hidden. 0.5 to 0.75 is usual.',
    );
  }

  /** Draws the visible patches of each image. */
  #hide(
    caller: string,
    images: tf.Tensor4D,
    { random, maskRatio }: Required<ReconstructOptions>,
  ): Visibility {
    const patches = this.#patches;
    const visible = this.#visiblePatches(caller, maskRatio);
    const mask = this.#mask({ images: images.shape[0], patches, visible }, random);
    if (mask.shape.join() !== [images.shape[0], patches].join()) {
      throw new InvalidArgumentError(
        `${caller}: the mask has the shape [${mask.shape.join(', ')}]; expected [${images.shape[0]}, ${patches}], 1 for each ` +
          'hidden patch and 0 for each visible one.',
      );
    }
    const { indices } = tf.topk(tf.sub(1, mask), visible);
    const selection = tf.oneHot(indices as tf.Tensor2D, patches).toFloat() as tf.Tensor3D;
    // Of the selection, not of the mask: what the encoder sees is no part of the loss, whatever the mask says.
    return { selection, hidden: tf.sub(1, selection.sum(1)) as tf.Tensor2D };
  }

  /** The decoder's guess of every patch, `[N, T, p·p·C]`. */
  #guess(images: tf.Tensor4D, { selection, hidden }: Visibility): tf.Tensor3D {
    const { imageShape, patchSize } = this.#layer.config;
    const decoder = this.#decoder;
    // A product with the selection picks patches, and its transpose puts them back, both with plain gradients.
    const visible = tf.matMul(selection, this.#layer.tokens(images)) as tf.Tensor3D;
    const seen = dense(
      this.#layer.represent(visible).tokens,
      decoder.inputKernel,
      decoder.inputBias,
    );
    const inPlace = tf.matMul(selection, seen, true) as tf.Tensor3D;
    const dim = decoder.maskToken.shape[0] as number;
    const positions = sinePositions(imageShape[0] / patchSize, imageShape[1] / patchSize, dim);
    let x = inPlace
      .add(hidden.expandDims(2).mul(decoder.maskToken))
      .add(tf.tensor2d(positions)) as tf.Tensor3D;
    for (const block of decoder.blocks) {
      x = transformerBlock(x, block, { heads: this.#heads }).outputs;
    }
    x = layerNormalization(x, decoder.normScale, decoder.normOffset);
    return dense(x, decoder.pixelKernel, decoder.pixelBias);
  }
}

/** The decoder's variables. */
interface DecoderWeights {
  readonly inputKernel: tf.Variable;
  readonly inputBias: tf.Variable;
  /** Stands wherever a patch is hidden. */
  readonly maskToken: tf.Variable;
  readonly normScale: tf.Variable;
  readonly normOffset: tf.Variable;
  readonly pixelKernel: tf.Variable;
  readonly pixelBias: tf.Variable;
  readonly blocks: readonly TransformerBlockWeights<tf.Variable>[];
}

function decoderWeights(
  seed: number,
  sizes: {
    encoderDim: number;
    dim: number;
    blocks: number;
    patchLength: number;
    firstGuess: number;
  },
): DecoderWeights {
  const { encoderDim, dim, patchLength } = sizes;
  const create = weightVariables(seed, 'maskedAutoencoder');
  const own = create('decoder');
  return {
    inputKernel: own('inputKernel', [encoderDim, dim], 'glorotUniform'),
    inputBias: own('inputBias', [dim], 'zeros'),
    maskToken: own('maskToken', [dim], 'zeros'),
    normScale: own('normScale', [dim], 'ones'),
    normOffset: own('normOffset', [dim], 'zeros'),
    // The first guess is the same everywhere. Random pixels would be twice as far off, in a pattern that hundreds of steps unlearn.
    pixelKernel: own('pixelKernel', [dim, patchLength], 'zeros'),
    pixelBias: tf.tidy(() => tf.variable(tf.fill([patchLength], sizes.firstGuess))),
    blocks: Array.from({ length: sizes.blocks }, (_, block) =>
      transformerBlockWeights(create(`block${block + 1}`), dim, 2 * dim),
    ),
  };
}

/** Each patch with mean 0 and deviation 1, with the mean and deviation it had, `[N, T, 1]`. */
function standardised(patches: tf.Tensor3D) {
  const mean = patches.mean(2, true);
  const deviation = patches.sub(mean).square().mean(2, true).add(EPSILON).sqrt();
  return { values: patches.sub(mean).div(deviation), mean, deviation };
}
