import { assertSize } from '../runtime/checks';
import * as tf from '../runtime/tensorflow';
import { assertImageBatch, assertWindowFits } from './image-batch';

/** Options of {@link centerCrop}. */
export interface CenterCropOptions {
  /** Height and width of the crop in pixels. Default 24. */
  readonly size?: number;
}

/**
 * Cuts the central `size` × `size` window out of every image. The counterpart of {@link randomCrop} for evaluation:
 * objects keep the size in pixels at which the encoder was trained. `[N, H, W, C]` → `[N, size, size, C]`.
 *
 * Where the margins cannot be equal, the window begins at half the difference rounded to even, as torchvision's: 7 pixels
 * to 4 leave out 2 and 1, 9 to 4 leave out 2 and 3.
 *
 * @throws InvalidArgumentError when `size` is not a whole number of at least 1, or the window does not fit.
 */
export function centerCrop({
  size = 24,
}: CenterCropOptions = {}): (images: tf.Tensor4D) => tf.Tensor4D {
  assertSize('centerCrop', 'size', size);
  return (images) => {
    assertImageBatch('centerCrop', images);
    assertWindowFits('centerCrop', images, size);
    const [count, height, width, channels] = images.shape;
    const top = halfToEven(height - size);
    const left = halfToEven(width - size);
    return tf.slice4d(images, [0, top, left, 0], [count, size, size, channels]);
  };
}

/** Half of a whole number; where that lies between two, the even one. */
function halfToEven(whole: number): number {
  if (whole % 2 === 0) return whole / 2;
  return whole % 4 === 1 ? (whole - 1) / 2 : (whole + 1) / 2;
}
