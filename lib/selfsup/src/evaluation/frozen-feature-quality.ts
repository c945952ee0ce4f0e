import type { ImageData, ImageDataSet } from '../data';
import { jointProgress } from '../runtime/joint-progress';
import type * as tf from '../runtime/tensorflow';
import { type ExtractFeaturesOptions, extractFeatures } from './extract-features';
import { knnAccuracy } from './knn-accuracy';
import { type LinearProbeOptions, linearProbe } from './linear-probe';

/** Options of {@link frozenFeatureQuality}. */
export interface FrozenFeatureQualityOptions
  extends Pick<ExtractFeaturesOptions, 'transform' | 'onProgress'>,
    Pick<LinearProbeOptions, 'strengths'> {
  /** The labelled images that vote and on which the probe is fitted. Default: all training images. */
  readonly gallery?: ImageDataSet;
}

/**
 * Accuracies of frozen features as shares. Choices are made by the validation split alone.
 *
 * @remarks A type and not an interface, so that it is a record of numbers wherever one is expected.
 */
export type FrozenFeatureQuality = {
  readonly validationKnn: number;
  readonly validationProbe: number;
  readonly testKnn: number;
  readonly testProbe: number;
};

/**
 * What an encoder's frozen features are worth, by the two usual measures and on both splits, each image encoded once:
 * {@link knnAccuracy} with its 20 neighbours, and {@link linearProbe}, its regularisation chosen on the validation split.
 *
 * @param encoder A model, or a function from `[N, H, W, C]` to `[N, d]`, such as one that flattens the pixels.
 * @throws InvalidArgumentError when a split is empty or the encoder returns something else than `[N, d]`.
 *
 * @example
 * const { testKnn, testProbe } = await frozenFeatureQuality(encoder, data);
 */
export async function frozenFeatureQuality(
  encoder: tf.LayersModel | ((images: tf.Tensor4D) => tf.Tensor2D),
  { train, validation, test }: ImageData,
  { gallery = train, strengths, transform, onProgress }: FrozenFeatureQualityOptions = {},
): Promise<FrozenFeatureQuality> {
  const extracted: tf.Tensor2D[] = [];
  // Encoded, classified by neighbours, and those that the probe is fitted on.
  const passes = [gallery, validation, test, test, validation, gallery];
  const sizes = passes.map(({ size }) => size);
  const parts = jointProgress({ label: 'Frozen features', unit: 'images', sizes }, onProgress);
  const featuresOf = async (images: ImageDataSet) => {
    const features = await extractFeatures(encoder, images, {
      transform,
      onProgress: parts[extracted.length],
    });
    extracted.push(features);
    return features;
  };
  try {
    const fit = { trainFeatures: await featuresOf(gallery), trainLabels: gallery.labels };
    const choose = await featuresOf(validation);
    const judged = { testFeatures: await featuresOf(test), testLabels: test.labels };
    const testKnn = await knnAccuracy({ ...fit, ...judged, onProgress: parts[3] });
    const validationKnn = await knnAccuracy({
      ...fit,
      testFeatures: choose,
      testLabels: validation.labels,
      onProgress: parts[4],
    });
    const probe = await linearProbe({
      ...fit,
      ...judged,
      validationFeatures: choose,
      validationLabels: validation.labels,
      strengths,
      onProgress: parts[5],
    });
    return {
      validationKnn: validationKnn.accuracy,
      validationProbe: probe.validation.accuracy,
      testKnn: testKnn.accuracy,
      testProbe: probe.test?.accuracy ?? Number.NaN,
    };
  } finally {
    for (const features of extracted) features.dispose();
  }
}
