import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertHeads } from './transformer/multi-head-attention';
import {
  type VisionTransformerLayer,
  visionTransformerLayer,
} from './transformer/vision-transformer-layer';

/** Options of {@link visionTransformer}. */
export interface VisionTransformerOptions {
  /** Height, width and channels; height and width are multiples of the patch size. Default `[32, 32, 3]`. */
  readonly inputShape?: readonly [number, number, number];
  /** Side of a patch, in pixels. Default 4. */
  readonly patchSize?: number;
  /** Numbers for each patch, and length of the vector an image becomes; a multiple of 4. Default 96. */
  readonly embeddingDim?: number;
  /** Default 4. */
  readonly blocks?: number;
  /** Heads of each block's attention; they divide `embeddingDim`. Default 3. */
  readonly heads?: number;
  /** Units of each block's hidden layer. Default twice `embeddingDim`. */
  readonly hiddenDim?: number;
  /** Equal seeds give equal initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A small vision Transformer: the image is cut into square patches, each becomes a token with the sines of its position, blocks of
 * attention let the tokens look at each other, and the image's vector is the mean of its tokens.
 *
 * @returns A model from `[N, H, W, C]`, float32 in [0, 1], to `[N, embeddingDim]`; the caller disposes it.
 * @throws InvalidArgumentError when an option is out of range.
 * @see Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020, arXiv:2010.11929; without its class token.
 */
export function visionTransformer({
  inputShape = [32, 32, 3],
  patchSize = 4,
  embeddingDim = 96,
  blocks = 4,
  heads = 3,
  hiddenDim = 2 * embeddingDim,
  seed = 0,
}: VisionTransformerOptions = {}): tf.LayersModel {
  const [height, width, channels] = inputShape;
  const counts = { height, width, channels, patchSize, embeddingDim, blocks, hiddenDim };
  for (const [name, value] of Object.entries(counts)) assertCount('visionTransformer', name, value);
  assertHeads('visionTransformer', embeddingDim, heads);
  if (height % patchSize !== 0 || width % patchSize !== 0) {
    throw new InvalidArgumentError(
      `visionTransformer: patches of ${patchSize} pixels do not fill ${height} × ${width}; expected a divisor of both.`,
    );
  }
  if (embeddingDim % 4 !== 0) {
    throw new InvalidArgumentError(
      `visionTransformer: embeddingDim is ${embeddingDim}; expected a multiple of 4, for sines and cosines of two coordinates.`,
    );
  }
  const input = tf.input({ shape: [...inputShape] });
  const layer = visionTransformerLayer({
    imageShape: [height, width, channels],
    patchSize,
    dim: embeddingDim,
    hiddenDim,
    blocks,
    heads,
    seed,
  });
  return tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
}

/**
 * The layer of a {@link visionTransformer}, for its tokens and its attention.
 *
 * @throws InvalidArgumentError when the model is another one.
 */
export function visionTransformerLayerOf(
  caller: string,
  model: tf.LayersModel,
): VisionTransformerLayer {
  const found = model.layers.find((layer) => 'represent' in layer);
  if (found !== undefined) return found as VisionTransformerLayer;
  throw new InvalidArgumentError(
    `${caller}: the encoder "${model.name}" is no visionTransformer(…); expected one, whose patches can be left out.`,
  );
}

/**
 * Where a vision Transformer looks: the attention of its blocks for a batch of images.
 *
 * @param images `[N, H, W, C]`, float32 in [0, 1].
 * @returns For each block `[N, heads, T, T]`, whose rows sum to 1: how much each patch looks at each other one. The caller
 *   disposes them.
 * @throws InvalidArgumentError when the model is no {@link visionTransformer}.
 */
export function attentionOf(encoder: tf.LayersModel, images: tf.Tensor4D): tf.Tensor4D[] {
  const layer = visionTransformerLayerOf('attentionOf', encoder);
  return tf.tidy(() => layer.represent(layer.tokens(images)).attention);
}
