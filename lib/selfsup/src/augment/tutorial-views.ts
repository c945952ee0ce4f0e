import { compose } from './compose';
import { randomBrightness } from './random-brightness';
import { type RandomCropOptions, randomCrop } from './random-crop';
import { randomHorizontalFlip } from './random-horizontal-flip';
import { randomSaturation } from './random-saturation';
import { type TwoViews, twoViews } from './two-views';

/**
 * The two views of a beginners' tutorial: both a random crop and a flip, the first with its brightness shifted by up
 * to 0.2, the second with its saturation multiplied by 0.8 to 1.2. Drawn for each image by itself. The colours of an
 * image stay nearly what they were, so a colour histogram can find the pairs: a weak recipe, kept for comparison.
 */
export function tutorialViews({ size = 24 }: RandomCropOptions = {}): TwoViews {
  const cropAndFlip = compose(randomCrop({ size }), randomHorizontalFlip());
  return twoViews(
    compose(cropAndFlip, randomBrightness({ delta: 0.2 })),
    compose(cropAndFlip, randomSaturation({ range: [0.8, 1.2] })),
  );
}
