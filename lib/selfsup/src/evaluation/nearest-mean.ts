import { l2Normalise } from '../losses/l2-normalise';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import {
  assertFinite,
  assertLabelledFeatures,
  assertSameWidth,
  numberOfClasses,
} from './labelled-features';

/** Arguments of {@link nearestMeanScores}. */
export interface NearestMeanOptions {
  /** The labelled pictures, `[n, d]`, float32, of any length but 0. */
  readonly trainFeatures: tf.Tensor2D;
  readonly trainLabels: ArrayLike<number>;
  /** The pictures to classify, `[m, d]`. */
  readonly testFeatures: tf.Tensor2D;
  /** How many classes there are. Default: one more than the largest label. */
  readonly classes?: number;
}

/**
 * The nearest-class-mean classifier on the sphere, which has nothing to fit: the labelled features are scaled to length 1, those of
 * a class are averaged and scaled to length 1 again, its **prototype**; a picture's score for a class is the cosine with it, and its
 * class the one with the largest score (`scores.argMax(1)`).
 *
 * @returns Cosines, `[m, classes]`, float32; −∞ for a class without labels, which so is never the nearest. A vector of length 0 has the
 *   cosine 0, and so has a prototype of length 0.
 * @throws InvalidArgumentError when numbers of features and labels, or the widths, differ, a label is not below `classes`, or a number is not
 *   finite.
 * @see Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", 2017, arXiv:1703.05175, with the cosine for the
 *   squared distance: between vectors of length 1 both give the same order.
 * @example
 * const scores = nearestMeanScores({ trainFeatures, trainLabels, testFeatures });
 * const predicted = await scores.argMax(1).data();
 */
export function nearestMeanScores({
  trainFeatures,
  trainLabels,
  testFeatures,
  classes = numberOfClasses(trainLabels),
}: NearestMeanOptions): tf.Tensor2D {
  assertLabelledFeatures('nearestMeanScores', 'train', trainFeatures, trainLabels);
  assertSameWidth('nearestMeanScores', trainFeatures, testFeatures);
  assertFinite('nearestMeanScores', 'test features', testFeatures);
  const needed = numberOfClasses(trainLabels);
  if (!(Number.isInteger(classes) && classes >= needed)) {
    throw new InvalidArgumentError(
      `nearestMeanScores: there are ${classes} classes but labels up to ${needed - 1}; expected a whole number from ${needed}.`,
    );
  }
  return tf.tidy(() => {
    const members = tf.oneHot(tf.tensor1d(Int32Array.from(trainLabels), 'int32'), classes);
    const sums = tf.matMul<tf.Tensor2D>(members, l2Normalise(trainFeatures), true, false);
    const cosines = tf.matMul<tf.Tensor2D>(
      l2Normalise(testFeatures),
      l2Normalise(sums),
      false,
      true,
    );
    const isLabelled = members.sum(0).greater(0).expandDims(0).tile([testFeatures.shape[0], 1]);
    return tf.where(isLabelled, cosines, tf.fill(cosines.shape, Number.NEGATIVE_INFINITY));
  });
}
