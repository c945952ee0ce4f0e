import { assertRange, assertSize, type Range } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import type { Augmentation } from './augmentation';
import { assertImageBatch } from './image-batch';
import { resizeWindows, type WindowSide } from './resize-windows';

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
 * Cuts a window of random area, aspect ratio and place out of every image and resizes it, bilinearly and antialiased, to
 * `size` × `size`: the strongest single augmentation of contrastive learning, because it moves, zooms and stretches.
 *
 * With area share `a` and ratio `r`, the window is `√(a·H·W·r)` wide and `√(a·H·W/r)` high. A ratio at which one side
 * would be longer than the image is brought nearer to the image's own until the window fits, so the area is kept; it is
 * at least a pixel high and wide.
 *
 * Of a window it makes what torchvision's `resized_crop` makes of it, with half-pixel centres and, where it shrinks, a
 * filter as wide as the shrinkage ({@link resize}). torchvision's `RandomResizedCrop` draws windows of whole pixels and,
 * after ten ratios that do not fit, takes the middle of the image; here windows lie between pixels too.
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
      const place = (extent: number, length: tf.Tensor): WindowSide => ({
        start: random.uniform([count]).mul(tf.sub(extent, length)),
        length: length as tf.Tensor1D,
      });
      const [vertical, horizontal] = [place(height, windowHeight), place(width, windowWidth)];
      // Weights that sum to 1 up to rounding can take white a little beyond it.
      const crops = resizeWindows(images, vertical, horizontal, [size, size]);
      return crops.clipByValue(0, 1) as tf.Tensor4D;
    });
  };
}
