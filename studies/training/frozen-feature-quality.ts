import {
  extractFeatures,
  type ImageData,
  type ImageDataSet,
  knnAccuracy,
  linearProbe,
  type tf,
} from 'selfsup';

/** Accuracies of frozen features as shares. Choices are made by the validation split alone. */
export type FrozenFeatureQuality = {
  readonly validationKnn: number;
  readonly validationProbe: number;
  readonly testKnn: number;
  readonly testProbe: number;
};

/**
 * kNN (cosine, 20 neighbours) and linear probe (its regularisation chosen on the validation split) of an encoder's features
 * of whole images.
 *
 * @param gallery The labelled images among which neighbours are looked for and on which the probe is fitted. Default: all
 *   training images.
 */
export async function frozenFeatureQuality(
  encoder: tf.LayersModel,
  data: ImageData,
  gallery: ImageDataSet = data.train,
): Promise<FrozenFeatureQuality> {
  const [train, validation, test] = [
    await extractFeatures(encoder, gallery),
    await extractFeatures(encoder, data.validation),
    await extractFeatures(encoder, data.test),
  ];
  const fit = { trainFeatures: train, trainLabels: gallery.labels };
  const judged = { testFeatures: test, testLabels: data.test.labels };
  try {
    const { accuracy: testKnn } = await knnAccuracy({ ...fit, ...judged });
    const { accuracy: validationKnn } = await knnAccuracy({
      ...fit,
      testFeatures: validation,
      testLabels: data.validation.labels,
    });
    const probe = await linearProbe({
      ...fit,
      ...judged,
      validationFeatures: validation,
      validationLabels: data.validation.labels,
    });
    return {
      validationKnn,
      validationProbe: probe.validation.accuracy,
      testKnn,
      testProbe: probe.test?.accuracy ?? Number.NaN,
    };
  } finally {
    for (const features of [train, validation, test]) features.dispose();
  }
}
