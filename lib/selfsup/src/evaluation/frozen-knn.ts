import type { ImageDataSet } from '../data';
import { jointProgress } from '../runtime/joint-progress';
import type * as tf from '../runtime/tensorflow';
import type { CasewiseAccuracy } from './accuracy';
import { type ExtractFeaturesOptions, extractFeatures } from './extract-features';
import { knnAccuracy } from './knn-accuracy';

/** Arguments of {@link frozenKnn}. */
export interface FrozenKnnOptions extends Pick<ExtractFeaturesOptions, 'transform' | 'onProgress'> {
  /** The labelled images that vote. Accuracies compare only where it is the same. */
  readonly gallery: ImageDataSet;
  /** The images to classify. Use the validation split to choose, the test split to report. */
  readonly queries: ImageDataSet;
}

/**
 * The nearest-neighbour accuracy of an encoder's frozen features: {@link extractFeatures} of both sets of images, then
 * {@link knnAccuracy} with its 20 neighbours.
 *
 * @param encoder A model, or a function from `[N, H, W, C]` to `[N, d]`, such as one that flattens the pixels.
 * @throws InvalidArgumentError when a set is empty or the encoder returns something else than `[N, d]`.
 *
 * @example
 * const { accuracy } = await frozenKnn(encoder, { gallery: data.train, queries: data.validation });
 */
export async function frozenKnn(
  encoder: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D),
  { gallery, queries, transform, onProgress }: FrozenKnnOptions,
): Promise<CasewiseAccuracy> {
  const sizes = [gallery.size, queries.size, queries.size];
  const parts = jointProgress({ label: 'Frozen features', unit: 'images', sizes }, onProgress);
  const known = await extractFeatures(encoder, gallery, { transform, onProgress: parts[0] });
  try {
    const asked = await extractFeatures(encoder, queries, { transform, onProgress: parts[1] });
    try {
      return await knnAccuracy({
        trainFeatures: known,
        trainLabels: gallery.labels,
        testFeatures: asked,
        testLabels: queries.labels,
        onProgress: parts[2],
      });
    } finally {
      asked.dispose();
    }
  } finally {
    known.dispose();
  }
}
