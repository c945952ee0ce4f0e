import { extractFeatures, frozenFeatureQuality, frozenKnn, type tf } from 'selfsup';
import { type CourseImageData, crossArtistRecall, type FeatureAccuracy } from 'selfsup-course';
import { firstImages } from '../training/first-images';

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
  const { accuracy } = await frozenKnn(encoder, { gallery, queries });
  return rounded(accuracy);
}
