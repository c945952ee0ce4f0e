import * as tf from '../../runtime/tensorflow';
import { initializerSeed } from '../initializer-seed';
import type { CreateWeight } from './transformer-block';

/**
 * Creates weights as variables, each random one with a seed of its own: `owner/path/name`.
 *
 * @param owner The model, such as `maskedAutoencoder`.
 * @returns For the path of a part of it, what creates the part's weights.
 */
export function weightVariables(
  seed: number,
  owner: string,
): (path: string) => CreateWeight<tf.Variable> {
  return (path) => (name, shape, initializer) =>
    tf.tidy(() => {
      if (initializer === 'zeros') return tf.variable(tf.zeros(shape));
      if (initializer === 'ones') return tf.variable(tf.ones(shape));
      const ofWeight = initializerSeed(seed, `${owner}/${path}/${name}`);
      return tf.variable(tf.initializers.glorotUniform({ seed: ofWeight }).apply(shape));
    });
}
