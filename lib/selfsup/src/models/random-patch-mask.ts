import type { RandomStream } from 'tfjs-compile';
import * as tf from '../runtime/tensorflow';

/** What a {@link PatchMask} is asked for. */
export interface PatchMaskSizes {
  /** Number of images N. */
  readonly images: number;
  /** Patches of each image T. */
  readonly patches: number;
  /** How many of them stay visible, the same number in each image. */
  readonly visible: number;
}

/** Draws which patches are hidden: `[N, T]`, float32, 1 for hidden patches and 0 for visible ones. */
export type PatchMask = (sizes: PatchMaskSizes, random: RandomStream) => tf.Tensor2D;

/**
 * Hides patches at random, others in each image and as many in each, so that the visible ones form a tensor. Each patch gets a
 * random number, and those with the largest stay visible: every choice is equally likely.
 *
 * @returns `[N, T]`, 1 for hidden patches and 0 for visible ones; the caller disposes it.
 * @see He et al., "Masked Autoencoders Are Scalable Vision Learners", 2021, arXiv:2111.06377, section 3.
 */
export function randomPatchMask(
  { images, patches, visible }: PatchMaskSizes,
  random: RandomStream,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { indices } = tf.topk(random.uniform([images, patches]), visible);
    const seen = tf.oneHot(indices as tf.Tensor2D, patches).sum(1);
    return tf.sub(1, seen.toFloat()) as tf.Tensor2D;
  });
}
