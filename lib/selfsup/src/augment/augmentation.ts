import type { RandomStream } from 'tfjs-compile';
import type * as tf from '../runtime/tensorflow';

/**
 * A random transformation of a batch of images, each image with draws of its own.
 *
 * @param images `[N, H, W, C]`, float32 in [0, 1].
 * @param random The source of every draw. Calling with an equal stream gives equal results.
 * @returns `[N, H', W', C]`, float32 in [0, 1]; the caller disposes it. The input is left alone.
 */
export type Augmentation = (images: tf.Tensor4D, random: RandomStream) => tf.Tensor4D;
