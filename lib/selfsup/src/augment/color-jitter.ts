import type { RandomStream } from 'tfjs-compile';
import { assertNumber } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { adjustColor } from './adjust-color';
import type { Augmentation } from './augmentation';

/** Options of {@link colorJitter}. */
export interface ColorJitterOptions {
  /** Sets the four amounts below at once. Default 0.4. */
  readonly strength?: number;
  /** The brightness is multiplied by a factor uniform in `[1 − brightness, 1 + brightness]`. Default `strength`. */
  readonly brightness?: number;
  /** The same for the contrast. Default `strength`. */
  readonly contrast?: number;
  /** The same for the saturation. Default `strength`. */
  readonly saturation?: number;
  /** The hue is turned by up to this many turns either way. Default a quarter of `strength`. */
  readonly hue?: number;
  /** Probability of jittering an image at all. Default 0.8. */
  readonly probability?: number;
  /** Probability of taking the colour out of an image, jittered or not. Default 0. */
  readonly greyProbability?: number;
}

/**
 * Disturbs brightness, contrast, saturation and hue of each image together, so that a colour histogram no longer
 * tells which two views come from one image. One pass over the pixels, by {@link adjustColor}.
 * `[N, H, W, 3]` → `[N, H, W, 3]`.
 *
 * It is linear, so the four have no order, values are clipped once, and the hue turns at constant luma. torchvision's
 * `ColorJitter` takes the four in a random order, clips after each, and turns the hue in HSV: with the same factors the results
 * differ by 0.036 on average at strength 0.4, 0.083 for the hue alone at a tenth of a turn (uniformly drawn colours, values in
 * [0, 1]; measured and tested in PEERS.md).
 *
 * @throws InvalidArgumentError when an amount is outside [0, 1] (hue: [0, 0.5]), or the images are not RGB.
 * @see Chen et al., "A simple framework for contrastive learning of visual representations", 2020, arXiv:2002.05709,
 * appendix A.
 */
export function colorJitter({
  strength = 0.4,
  brightness = strength,
  contrast = strength,
  saturation = strength,
  hue = strength / 4,
  probability = 0.8,
  greyProbability = 0,
}: ColorJitterOptions = {}): Augmentation {
  const amounts = { strength, brightness, contrast, saturation, probability, greyProbability };
  for (const [name, value] of Object.entries(amounts)) {
    assertNumber('colorJitter', name, value, [0, 1]);
  }
  assertNumber('colorJitter', 'hue', hue, [0, 0.5]);
  return (images, random) =>
    tf.tidy(() => {
      const count = images.shape[0];
      const jittered = random.bernoulli([count], probability);
      const kept = tf.sub(1, random.bernoulli([count], greyProbability));
      const factor = (amount: number): tf.Tensor1D =>
        draw(random, count, amount).mul(jittered).add<tf.Tensor1D>(1);
      return adjustColor(images, {
        brightness: factor(brightness),
        contrast: factor(contrast),
        saturation: factor(saturation).mul<tf.Tensor1D>(kept),
        hue: draw(random, count, hue).mul<tf.Tensor1D>(jittered),
      });
    });
}

/** `[N]`, uniform in `[−amount, amount]`. */
function draw(random: RandomStream, count: number, amount: number): tf.Tensor {
  return random.uniform([count], -amount, amount);
}
