import { extractFeatures, knnAccuracy, tf } from 'selfsup';
import { type CourseImageData, crossArtistRecall, type FeatureAccuracy } from 'selfsup-course';
import { firstImages } from '../training/first-images';
import { frozenFeatureQuality } from '../training/frozen-feature-quality';

/** How many images a quick look at an encoder takes. */
export const SAMPLE = { gallery: 4000, queries: 1000 } as const;

const rounded = (share: number): number => Number(share.toFixed(4));

/** What a card says of an encoder: on the whole test split. */
export async function encoderAccuracy(
  encoder: tf.LayersModel,
  data: CourseImageData,
): Promise<FeatureAccuracy> {
  const { testKnn, testProbe } = await frozenFeatureQuality(encoder, data);
  const accuracy = { knn: rounded(testKnn), probe: rounded(testProbe) };
  const { concepts, artists } = data.test;
  if (concepts === null || artists === null) return accuracy;
  const features = await extractFeatures(encoder, data.test);
  const { recall } = await crossArtistRecall({ features, concepts, artists });
  features.dispose();
  return { ...accuracy, crossArtistRecall: rounded(recall) };
}

/** kNN accuracy of the first test images, the first training images being the gallery. */
export async function sampleKnn(encoder: tf.LayersModel, data: CourseImageData): Promise<number> {
  const gallery = firstImages(data.train, SAMPLE.gallery);
  const queries = firstImages(data.test, SAMPLE.queries);
  const trainFeatures = await extractFeatures(encoder, gallery);
  const testFeatures = await extractFeatures(encoder, queries);
  const { accuracy } = await knnAccuracy({
    trainFeatures,
    trainLabels: gallery.labels,
    testFeatures,
    testLabels: queries.labels,
  });
  tf.dispose([trainFeatures, testFeatures]);
  return rounded(accuracy);
}
