import type { ImageDataSet } from '../data';
import * as tf from '../runtime/tensorflow';
import { type ExtractFeaturesOptions, extractFeatures, inferenceOf } from './extract-features';
import { type NearDuplicatesOptions, nearDuplicates } from './near-duplicates';
import { nearestNeighbours } from './nearest-neighbours';

/** A picture that a search has found. */
export interface ImageMatch {
  /** Its position in the data set. */
  readonly position: number;
  /** Cosine of its features and the query's. */
  readonly similarity: number;
}

/** Options of {@link imageIndex}. */
export type ImageIndexOptions = ExtractFeaturesOptions;

/**
 * Search by picture: the features of every image of a data set, kept to be compared with those of others.
 *
 * @param encoder From `[N, H, W, C]` to features `[N, d]`; it stays the caller's and must live as long as the index.
 * @param dataset The pictures to be found.
 * @param options `transform` is done to the pictures and to each query.
 * @returns The caller disposes it.
 * @throws InvalidArgumentError when the encoder returns something else than `[N, d]`, or the data set is empty.
 *
 * @example
 * const index = await imageIndex(encoder, pictures.train);
 * const [matches] = await index.search(query, { k: 8 });
 */
export async function imageIndex(
  encoder: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D),
  dataset: ImageDataSet,
  options: ImageIndexOptions = {},
): Promise<ImageIndex> {
  const features = await extractFeatures(encoder, dataset, options);
  return new ImageIndex(features, inferenceOf(encoder, options.transform));
}

/** What {@link imageIndex} makes. */
export class ImageIndex {
  /** The features of each picture, `[size, d]`. The index disposes them. */
  readonly features: tf.Tensor2D;
  readonly #featuresOf: (images: tf.Tensor4D) => tf.Tensor2D;

  /**
   * @param features Of the pictures to be found, `[size, d]`. The index takes them over.
   * @param featuresOf Those of queries.
   */
  constructor(features: tf.Tensor2D, featuresOf: (images: tf.Tensor4D) => tf.Tensor2D) {
    this.features = features;
    this.#featuresOf = featuresOf;
  }

  /** Number of pictures. */
  get size(): number {
    return this.features.shape[0];
  }

  /**
   * The pictures most similar to each query.
   *
   * @param images Queries `[N, H, W, C]`, float32 in [0, 1], of the size that the pictures have.
   * @param options `k` is how many to find, all where there are fewer; default 10.
   * @returns For each query its matches, the most similar first.
   * @throws InvalidArgumentError when `k` is not a whole number from 1.
   */
  async search(
    images: tf.Tensor4D,
    { k = 10 }: { readonly k?: number } = {},
  ): Promise<ImageMatch[][]> {
    const queries = tf.tidy(() => this.#featuresOf(images));
    try {
      const {
        indices,
        similarities,
        k: found,
      } = await nearestNeighbours(queries, this.features, {
        k: Math.min(k, this.size),
      });
      return Array.from({ length: queries.shape[0] }, (_, query) =>
        Array.from({ length: found }, (_, place) => ({
          position: indices[query * found + place] as number,
          similarity: similarities[query * found + place] as number,
        })),
      );
    } finally {
      queries.dispose();
    }
  }

  /**
   * Groups of pictures whose features are nearly the same; see `nearDuplicates`, and its `threshold` before you trust the default:
   * by features it joined more strangers than by pixels.
   */
  nearDuplicates(options: NearDuplicatesOptions = {}): Promise<number[][]> {
    return nearDuplicates(this.features, options);
  }

  /** Disposes the features. */
  dispose(): void {
    this.features.dispose();
  }
}
