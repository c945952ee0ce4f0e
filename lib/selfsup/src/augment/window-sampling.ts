import * as tf from '../runtime/tensorflow';

/** How far, in pixels, windows are pulled inwards so that rounding never samples beyond the image's edge. */
const INSET = 1e-4;

/** The windows of a batch, in pixels: `[N]` each, the first and the last sampled row and column. */
export interface Windows {
  readonly top: tf.Tensor1D;
  readonly left: tf.Tensor1D;
  readonly bottom: tf.Tensor1D;
  /** May lie left of `left`: the window is then sampled mirrored. */
  readonly right: tf.Tensor1D;
}

/**
 * Samples one window of every image on a grid of `height` × `width` points. The grid's corner points fall on the
 * centres of the window's corner pixels, so that a window of the grid's own size is copied pixel by pixel:
 * `row(i) = top + i · (bottom − top) / (height − 1)`, in pixels, and likewise for columns.
 * Pixels are copied, never mixed. `resizeWindows` is for windows that change their size.
 */
export function sampleWindows(
  images: tf.Tensor4D,
  windows: Windows,
  [height, width]: readonly [number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const [count, imageHeight, imageWidth] = images.shape;
    // TensorFlow counts in units of the distance between the first and the last pixel's centre; outside [0, 1]
    // it paints black, which a rounding error of the last bit is enough for.
    const normalise = (pixels: tf.Tensor1D, extent: number): tf.Tensor1D =>
      extent === 1
        ? tf.zerosLike(pixels)
        : pixels.clipByValue(INSET, extent - 1 - INSET).div<tf.Tensor1D>(extent - 1);
    const boxes = tf.stack(
      [
        normalise(windows.top, imageHeight),
        normalise(windows.left, imageWidth),
        normalise(windows.bottom, imageHeight),
        normalise(windows.right, imageWidth),
      ],
      1,
    ) as tf.Tensor2D;
    const whichImage = tf.range(0, count, 1, 'int32');
    return tf.image.cropAndResize(images, boxes, whichImage, [height, width], 'nearest');
  });
}
