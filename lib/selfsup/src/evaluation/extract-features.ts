import type { ImageDataSet } from '../data';
import { InvalidArgumentError } from '../runtime/errors';
import type { OnProgress } from '../runtime/progress';
import type * as tf from '../runtime/tensorflow';
import { featuresOf } from './features-of';

/** Options of {@link extractFeatures}. */
export interface ExtractFeaturesOptions {
  /** Images per forward pass. Default 256. */
  readonly batchSize?: number;
  /**
   * What is done to the images `[N, H, W, C]`, float32 in [0, 1], before the model sees them, without randomness: the
   * objects must appear as large as in training. After training on 24×24 crops of 32×32 images, a centre crop keeps
   * that scale and a resize to 24×24 does not. Default: nothing.
   */
  readonly transform?: ((images: tf.Tensor4D) => tf.Tensor4D) | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * A model in inference mode as a function of images, which are transformed first.
 *
 * @internal
 */
export function inferenceOf(
  model: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D),
  transform: ExtractFeaturesOptions['transform'],
): (images: tf.Tensor4D) => tf.Tensor2D {
  const forward =
    typeof model === 'function'
      ? model
      : (images: tf.Tensor4D) => {
          assertTakes(model, images.shape);
          return model.apply(images, { training: false }) as tf.Tensor2D;
        };
  return transform === undefined ? forward : (images) => forward(transform(images));
}

/** @throws InvalidArgumentError when a model of one input takes images of another size or number of channels. */
function assertTakes(model: tf.LayersModel, given: readonly number[]): void {
  const [input, ...more] = model.inputs;
  if (input === undefined || more.length > 0) return;
  const fits =
    input.shape.length === given.length &&
    input.shape.every((size, axis) => axis === 0 || size === null || size === given[axis]);
  if (fits) return;
  const [, ...wanted] = input.shape.map((size) => size ?? 'any');
  const [, ...each] = given;
  throw new InvalidArgumentError(
    `The model takes images of [${wanted.join(', ')}] (height, width, channels), and was given images of [${each.join(', ')}]. ` +
      'Bring them to its size with transform, such as resize({ size: 32 }) or centerCrop({ size: 24 }), or build the model for ' +
      `any size: inputShape: [null, null, ${each.at(-1)}].`,
  );
}

/**
 * The frozen features of every image of a data set, in its order: the model's output in inference mode (batch
 * normalization uses its moving averages). It yields to the event loop between batches.
 *
 * @param model A model, or a function from `[N, H, W, C]` to `[N, d]`, such as one that flattens the pixels.
 * @returns `[size, d]`, float32; the caller disposes it.
 * @throws InvalidArgumentError when the model takes images of another size, or returns something else than `[N, d]`, the data
 *   set is empty, or `batchSize` is not a whole number from 1.
 */
export async function extractFeatures(
  model: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D),
  dataset: ImageDataSet,
  { batchSize = 256, transform, onProgress }: ExtractFeaturesOptions = {},
): Promise<tf.Tensor2D> {
  if (dataset.size === 0) {
    throw new InvalidArgumentError(
      `extractFeatures: the ${dataset.split} split of ${dataset.name} holds no images; expected 1 or more.`,
    );
  }
  return featuresOf(
    {
      size: dataset.size,
      batch: (indices) => dataset.images(indices),
      model: inferenceOf(model, transform),
      batchSize,
      unit: 'images',
      onProgress,
    },
    'extractFeatures',
  );
}
