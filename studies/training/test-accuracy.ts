import { type Classifier, type ImageDataSet, predictClasses, type tf } from 'selfsup';

/**
 * The share of images whose most probable class is their label.
 *
 * @param transform What is done to the images before the classifier sees them. Default: nothing.
 */
export async function testAccuracy(
  classifier: Classifier,
  test: ImageDataSet,
  transform?: (images: tf.Tensor4D) => tf.Tensor4D,
): Promise<number> {
  const predicted = await predictClasses(classifier, test, transform ? { transform } : {});
  return predicted.filter((label, image) => label === test.labels[image]).length / test.size;
}
