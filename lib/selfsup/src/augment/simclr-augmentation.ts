import { assertNumber } from '../runtime/checks';
import type { Augmentation } from './augmentation';
import { colorJitter } from './color-jitter';
import { compose } from './compose';
import { gaussianBlur } from './gaussian-blur';
import { assertRgbBatch, assertUnitRange } from './image-batch';
import { randomApply } from './random-apply';
import { randomHorizontalFlip } from './random-horizontal-flip';
import { type RandomResizedCropOptions, randomResizedCrop } from './random-resized-crop';

/** Options of {@link simClrAugmentation}. */
export interface SimClrAugmentationOptions extends RandomResizedCropOptions {
  /** Probability of mirroring an image. Default 0.5. */
  readonly flipProbability?: number;
  /** Strength of the colour jitter; see {@link colorJitter}. Default 0.4. */
  readonly jitterStrength?: number;
  /** Probability of jittering an image at all. Default 0.8. */
  readonly jitterProbability?: number;
  /** Probability of taking the colour out of an image. Default 0.2. */
  readonly greyProbability?: number;
  /** Probability of blurring an image. Default 0: images of 32 pixels have little to lose. */
  readonly blurProbability?: number;
}

/**
 * SimCLR's augmentation for small images: resized crop of 20 to 100 % of the area, flip, colour jitter, greyscale and,
 * where asked for, blur. `[N, H, W, 3]` → `[N, size, size, 3]`. Evaluate with {@link resize}.
 *
 * @throws InvalidArgumentError when an option is out of its range; of what it returns, when images are not RGB, or their values
 *   are not in [0, 1]. A compiled step can read no value, so there nothing is looked at; `train` looks at the first batch of a
 *   `twoViewStep` before it compiles.
 * @see Chen et al., "A simple framework for contrastive learning of visual representations", 2020, arXiv:2002.05709.
 */
export function simClrAugmentation({
  flipProbability = 0.5,
  jitterStrength = 0.4,
  jitterProbability = 0.8,
  greyProbability = 0.2,
  blurProbability = 0,
  ...crop
}: SimClrAugmentationOptions = {}): Augmentation {
  assertNumber('simClrAugmentation', 'blurProbability', blurProbability, [0, 1]);
  const steps = [
    randomResizedCrop(crop),
    randomHorizontalFlip({ probability: flipProbability }),
    colorJitter({ strength: jitterStrength, probability: jitterProbability, greyProbability }),
  ];
  if (blurProbability > 0) {
    steps.push(randomApply(gaussianBlur(), { probability: blurProbability }));
  }
  const composed = compose(...steps);
  return (images, random) => {
    assertRgbBatch('simClrAugmentation', images);
    assertUnitRange('simClrAugmentation', images);
    return composed(images, random);
  };
}
