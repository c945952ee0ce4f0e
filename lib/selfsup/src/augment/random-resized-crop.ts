import { assertRange, assertSize, type Range } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch } from './image-batch';
import { sampleWindows } from './window-sampling';

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions {
  /** Height and width of the result in pixels. Default 24. */
  readonly size?: number;
  /** The window's share of the image's area, drawn uniformly from this range. Default `[0.2, 1]`. */
  readonly scale?: Range;
  /** The window's width divided by its height, drawn log-uniformly from this range. Default `[3/4, 4/3]`. */
  readonly ratio?: Range;
}

/**
 * Cuts a window of random area, aspect ratio and place out of every image and resizes it, bilinearly, to
 * `size` × `size`: the strongest single augmentation of contrastive learning, because it moves, zooms and stretches.
 *
 * With area share `a` and ratio `r`, the window is `√(a·H·W·r)` wide and `√(a·H·W/r)` high. A ratio at which one side
 * would be longer than the image is brought nearer to the image's own until the window fits, so the area is kept.
 * `[N, H, W, C]` → `[N, size, size, C]`.
 *
 * @throws InvalidArgumentError when a range is reversed or outside `0 < scale ≤ 1`, `ratio > 0`.
 * @see Szegedy et al., "Going deeper with convolutions", 2014, arXiv:1409.4842; Chen et al., "A simple framework for
 * contrastive learning of visual representations", 2020, arXiv:2002.05709.
 */
export function randomResizedCrop({
  size = 24,
  scale = [0.2, 1],
  ratio = [3 / 4, 4 / 3],
}: RandomResizedCropOptions = {}): Augmentation {
  assertSize('randomResizedCrop', 'size', size);
  assertRange('randomResizedCrop', 'scale', scale, [1e-4, 1]);
  assertRange('randomResizedCrop', 'ratio', ratio, [1e-2, 100]);
  return (images, random) => {
    assertImageBatch('randomResizedCrop', images);
    return tf.tidy(() => {
      const [count, height, width] = images.shape;
      const area = random.uniform([count], ...scale);
      const drawnRatio = random.uniform([count], Math.log(ratio[0]), Math.log(ratio[1])).exp();
      const fittingRatio = drawnRatio
        .maximum(area.mul(width / height))
        .minimum(tf.div(width / height, area));
      const areaInPixels = area.mul(height * width);
      const windowHeight = areaInPixels.div(fittingRatio).sqrt().clipByValue(1, height);
      const windowWidth = areaInPixels.mul(fittingRatio).sqrt().clipByValue(1, width);
      const top = random.uniform([count]).mul(tf.sub(height, windowHeight)) as tf.Tensor1D;
      const left = random.uniform([count]).mul(tf.sub(width, windowWidth)) as tf.Tensor1D;
      const bottom = top.add(windowHeight).sub<tf.Tensor1D>(1);
      const right = left.add(windowWidth).sub<tf.Tensor1D>(1);
      return sampleWindows(images, { top, left, bottom, right }, [size, size], 'bilinear');
    });
  };
}
