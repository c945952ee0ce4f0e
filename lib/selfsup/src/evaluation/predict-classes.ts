import type { ImageDataSet } from '../data';
import type { Classifier } from '../models/classifier';
import type * as tf from '../runtime/tensorflow';
import { type ExtractFeaturesOptions, extractFeatures } from './extract-features';

/**
 * The class a classifier finds most probable for each image of a data set, in its order; of equally probable ones the
 * first. Inference mode: no dropout, batch normalization with its moving averages.
 *
 * @param classifier A `Classifier`, or a function from `[N, H, W, C]` to one number for each class, `[N, classes]`.
 * @param options `transform` as in `extractFeatures`: what is done to the images first.
 * @throws InvalidArgumentError as `extractFeatures`.
 */
export async function predictClasses(
  classifier: Classifier | ((images: tf.Tensor4D) => tf.Tensor2D),
  dataset: ImageDataSet,
  options: ExtractFeaturesOptions = {},
): Promise<Int32Array> {
  const scores = await extractFeatures(
    typeof classifier === 'function' ? classifier : (images) => classifier.logits(images),
    dataset,
    options,
  );
  const classes = scores.argMax(1);
  try {
    return (await classes.data()) as Int32Array;
  } finally {
    scores.dispose();
    classes.dispose();
  }
}
