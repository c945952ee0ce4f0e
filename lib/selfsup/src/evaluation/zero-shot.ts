import { l2Normalise } from '../losses/l2-normalise';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertFinite, assertSameWidth } from './labelled-features';

/**
 * One direction for each class out of its name in several sentences (prompt ensembling): every sentence's embedding is
 * scaled to length 1, those of a class are averaged, and the mean is scaled to length 1 again. Without the first scaling
 * long vectors would outvote short ones; without the second, a class whose sentences disagree would get smaller cosines.
 *
 * @param sentences Embeddings of each class's sentences, `[classes, templates, d]`, of any length.
 * @returns `[classes, d]`, rows of length 1; the caller disposes it.
 * @throws InvalidArgumentError when the tensor has not three axes, none of them empty.
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, arXiv:2103.00020,
 *   section 3.1.4.
 */
export function zeroShotWeights(sentences: tf.Tensor3D): tf.Tensor2D {
  if (sentences.rank !== 3 || sentences.size === 0) {
    throw new InvalidArgumentError(
      `zeroShotWeights was given [${sentences.shape.join(', ')}]; expected [classes, templates, d], one embedding for ` +
        'each class in each template.',
    );
  }
  return tf.tidy(() => {
    const width = sentences.shape[2];
    const unit = l2Normalise(sentences.reshape([-1, width]) as tf.Tensor2D);
    return l2Normalise(unit.reshape(sentences.shape).mean(1) as tf.Tensor2D);
  });
}

/**
 * Classifies images by names alone: each gets the class whose direction is most similar to it by cosine.
 *
 * @param images Embeddings, `[n, d]`, of any length.
 * @param weights `[classes, d]`, as {@link zeroShotWeights} returns them.
 * @returns The class of each image.
 * @throws InvalidArgumentError when the widths differ, or a number is not finite.
 */
export function zeroShotClasses(images: tf.Tensor2D, weights: tf.Tensor2D): Int32Array {
  assertSameWidth('zeroShotClasses', images, weights);
  assertFinite('zeroShotClasses', 'images', images);
  assertFinite('zeroShotClasses', 'weights', weights);
  return tf.tidy(() => {
    // The length of an image's embedding does not change which of its cosines is the largest.
    const cosines = tf.matMul(images, l2Normalise(weights), false, true);
    return cosines.argMax(1).dataSync() as Int32Array;
  });
}
