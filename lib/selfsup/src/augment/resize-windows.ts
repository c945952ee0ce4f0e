import * as tf from '../runtime/tensorflow';

/** Where the windows of a batch lie along one axis, in pixels from the image's edge; `[N]` each. */
export interface WindowSide {
  /** Where the window begins: 0 is the outer edge of the first pixel, whose centre is at 0.5. */
  readonly start: tf.Tensor1D;
  /** Its length, above 0. */
  readonly length: tf.Tensor1D;
}

/**
 * Cuts one window out of every image and resizes it to `height` × `width` points, bilinearly and, where it shrinks,
 * antialiased: what torchvision's `resized_crop` with `antialias=True` and PIL's `resize` of a crop compute.
 *
 * Along each axis the window's length is divided into as many equal parts as there are points. A point at the middle
 * `c` of its part, with parts of `s` pixels, is the weighted mean of pixels `j`:
 *
 * ```
 * w_j = o_j · max(0, 1 − |j + ½ − c| / max(s, 1))        value = Σ_j w_j x_j / Σ_j w_j
 * ```
 *
 * `o_j` is the share of pixel `j` inside the window: nothing outside of it is seen, also where it begins or ends between
 * two pixels. A window of whole pixels and of the grid's own size is copied exactly. Both axes are matrix products,
 * `A x Bᵀ`, so the result can be differentiated by the images.
 *
 * @param images `[N, H, W, C]`.
 * @param vertical Windows of each image, or one window (`[1]`) for all. @param horizontal Likewise.
 * @returns `[N, height, width, C]`; the caller disposes it.
 */
export function resizeWindows(
  images: tf.Tensor4D,
  vertical: WindowSide,
  horizontal: WindowSide,
  [height, width]: readonly [number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const [count, imageHeight, imageWidth, channels] = images.shape;
    const rows = tf
      .matMul(
        pointWeights(vertical, height, imageHeight),
        images.reshape<tf.Tensor3D>([count, imageHeight, imageWidth * channels]),
      )
      .reshape([count, height, imageWidth, channels])
      .transpose([0, 2, 1, 3]);
    return tf
      .matMul(
        pointWeights(horizontal, width, imageWidth),
        rows.reshape<tf.Tensor3D>([count, imageWidth, height * channels]),
      )
      .reshape([count, width, height, channels])
      .transpose([0, 2, 1, 3]) as tf.Tensor4D;
  });
}

/** The matrices of one axis, `[N, points, pixels]`, whose rows sum to 1. */
function pointWeights({ start, length }: WindowSide, points: number, pixels: number): tf.Tensor3D {
  const [first, size] = [start.reshape([-1, 1, 1]), length.reshape([-1, 1, 1])];
  const part = size.div(points);
  const centre = tf.range(0, points).add(0.5).reshape([1, points, 1]).mul(part).add(first);
  const pixel = tf.range(0, pixels).reshape([1, 1, pixels]);
  const triangle = tf.sub(1, pixel.add(0.5).sub(centre).abs().div(part.maximum(1))).relu();
  const inside = pixel.add(1).minimum(first.add(size)).sub(pixel.maximum(first)).relu();
  const weights = triangle.mul(inside);
  return weights.div(weights.sum(2, true)) as tf.Tensor3D;
}
