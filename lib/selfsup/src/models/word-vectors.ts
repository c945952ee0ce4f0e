import * as tf from '../runtime/tensorflow';

/**
 * The word vectors that a text encoder begins with: normal, of a length of about 1, so that the first scores of a head that is
 * tied to them are small.
 *
 * @param seed Of the initializer, as `initializerSeed` gives it.
 * @returns `[vocabularySize, embeddingDim]`.
 */
export function wordVectors(
  vocabularySize: number,
  embeddingDim: number,
  seed: number,
): tf.Variable<tf.Rank.R2> {
  const initializer = tf.initializers.randomNormal({ stddev: embeddingDim ** -0.5, seed });
  return tf.tidy(() =>
    tf.variable(initializer.apply([vocabularySize, embeddingDim])),
  ) as tf.Variable<tf.Rank.R2>;
}
