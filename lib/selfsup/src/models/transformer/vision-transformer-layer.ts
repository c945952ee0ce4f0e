import * as tf from '../../runtime/tensorflow';
import { initializerSeed } from '../initializer-seed';
import { dense } from './dense';
import { imagePatches } from './image-patches';
import { layerNormalization } from './layer-normalization';
import type { Attention } from './multi-head-attention';
import { sinePositions } from './sine-positions';
import {
  type CreateWeight,
  type TransformerBlockWeights,
  transformerBlock,
  transformerBlockWeights,
} from './transformer-block';

/** What a {@link VisionTransformerLayer} is made of. */
export interface VisionTransformerConfig {
  /** Height, width and channels of the images. */
  readonly imageShape: readonly [number, number, number];
  /** Side of a patch, in pixels. */
  readonly patchSize: number;
  /** Numbers for each token. */
  readonly dim: number;
  /** Units of each block's hidden layer. */
  readonly hiddenDim: number;
  readonly blocks: number;
  readonly heads: number;
  readonly seed: number;
}

/** The one layer of a `visionTransformer`, whose parts a masked autoencoder uses one by one. */
export interface VisionTransformerLayer extends tf.layers.Layer {
  readonly config: VisionTransformerConfig;
  /**
   * The tokens of images: their patches, embedded, and their positions.
   *
   * @param images `[N, H, W, C]`.
   * @returns `[N, T, dim]`.
   */
  tokens(images: tf.Tensor4D): tf.Tensor3D;
  /**
   * All blocks and the last normalization, of any number of tokens.
   *
   * @param tokens `[N, V, dim]`, with their positions.
   * @returns The representation of each token `[N, V, dim]`, and the attention of each block `[N, heads, V, V]`.
   */
  represent(tokens: tf.Tensor3D): {
    readonly tokens: tf.Tensor3D;
    readonly attention: tf.Tensor4D[];
  };
}

type LayerWeight = ReturnType<tf.layers.Layer['addWeight']>;
/** What tf.layers gives each layer it makes again. */
interface LayerOptions {
  readonly name?: string;
  readonly trainable?: boolean;
}
type LayerClass = new (config: VisionTransformerConfig & LayerOptions) => VisionTransformerLayer;

let layerClass: LayerClass | undefined;

/** Makes the layer. */
export function visionTransformerLayer(config: VisionTransformerConfig): VisionTransformerLayer {
  return new (registerVisionTransformerLayer())(config);
}

/**
 * Registers the layer's class, by which tf.layers makes the layer again from its description. The class is made when it is first
 * needed, since tf.layers' own exist only once TensorFlow is loaded.
 */
export function registerVisionTransformerLayer(): LayerClass {
  layerClass ??= makeLayerClass();
  return layerClass;
}

function makeLayerClass(): LayerClass {
  class VisionTransformer extends tf.layers.Layer implements VisionTransformerLayer {
    static readonly className = 'SelfsupVisionTransformer';
    readonly config: VisionTransformerConfig;
    #embedding!: { readonly kernel: LayerWeight; readonly bias: LayerWeight };
    #blocks!: TransformerBlockWeights<LayerWeight>[];
    #norm!: { readonly scale: LayerWeight; readonly offset: LayerWeight };

    constructor({ name, trainable, ...config }: VisionTransformerConfig & LayerOptions) {
      super({ ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }) });
      const { imageShape, patchSize, dim, hiddenDim, blocks, heads, seed } = config;
      this.config = { imageShape, patchSize, dim, hiddenDim, blocks, heads, seed };
    }

    override build(): void {
      const { imageShape, patchSize, dim, hiddenDim, blocks, seed } = this.config;
      const create =
        (path: string): CreateWeight<LayerWeight> =>
        (name, shape, initializer) => {
          const initializers = {
            zeros: () => tf.initializers.zeros(),
            ones: () => tf.initializers.ones(),
            glorotUniform: () =>
              tf.initializers.glorotUniform({
                seed: initializerSeed(seed, `visionTransformer/${path}/${name}`),
              }),
          };
          return this.addWeight(`${path}/${name}`, shape, 'float32', initializers[initializer]());
        };
      const embed = create('embedding');
      this.#embedding = {
        kernel: embed('kernel', [patchSize * patchSize * imageShape[2], dim], 'glorotUniform'),
        bias: embed('bias', [dim], 'zeros'),
      };
      this.#blocks = Array.from({ length: blocks }, (_, block) =>
        transformerBlockWeights(create(`block${block + 1}`), dim, hiddenDim),
      );
      const norm = create('norm');
      this.#norm = { scale: norm('scale', [dim], 'ones'), offset: norm('offset', [dim], 'zeros') };
      this.built = true;
    }

    tokens(images: tf.Tensor4D): tf.Tensor3D {
      const { imageShape, patchSize, dim } = this.config;
      const [rows, columns] = [imageShape[0] / patchSize, imageShape[1] / patchSize];
      return tf.tidy(() => {
        const { kernel, bias } = this.#embedding;
        const embedded = dense(imagePatches(images, patchSize), kernel.read(), bias.read());
        return embedded.add(tf.tensor2d(sinePositions(rows, columns, dim))) as tf.Tensor3D;
      });
    }

    represent(tokens: tf.Tensor3D): { tokens: tf.Tensor3D; attention: tf.Tensor4D[] } {
      const { heads } = this.config;
      return tf.tidy(() => {
        const attention: tf.Tensor4D[] = [];
        let x = tokens;
        for (const block of this.#blocks) {
          const result: Attention = transformerBlock(x, readAll(block), { heads });
          attention.push(result.attention);
          x = result.outputs;
        }
        const { scale, offset } = this.#norm;
        return { tokens: layerNormalization(x, scale.read(), offset.read()), attention };
      });
    }

    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const images = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      return tf.tidy(() => this.represent(this.tokens(images)).tokens.mean(1));
    }

    override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
      return [(inputShape as tf.Shape)[0] ?? null, this.config.dim];
    }

    override getConfig(): tf.serialization.ConfigDict {
      const config = { ...super.getConfig(), ...this.config };
      return config as unknown as tf.serialization.ConfigDict;
    }
  }
  tf.serialization.registerClass(
    VisionTransformer as unknown as tf.serialization.SerializableConstructor<tf.layers.Layer>,
  );
  return VisionTransformer;
}

/** The values of a block's weights. */
function readAll(weights: TransformerBlockWeights<LayerWeight>): TransformerBlockWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, (weight as LayerWeight).read()]),
  ) as unknown as TransformerBlockWeights;
}
