import * as tf from '../../runtime/tensorflow';

/**
 * Cuts images into square patches, row by row, each with its pixels in one row: `[N, (H/p)(W/p), p·p·C]`.
 *
 * @param images `[N, H, W, C]`, H and W multiples of the patch size.
 * @param patchSize p, in pixels.
 * @returns The caller disposes it.
 */
export function imagePatches(images: tf.Tensor4D, patchSize: number): tf.Tensor3D {
  const [count, height, width, channels] = images.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  return tf.tidy(
    () =>
      images
        .reshape([count, rows, patchSize, columns, patchSize * channels])
        .transpose([0, 1, 3, 2, 4])
        .reshape([count, rows * columns, patchSize * patchSize * channels]) as tf.Tensor3D,
  );
}

/**
 * Puts patches together again: the inverse of {@link imagePatches}.
 *
 * @param patches `[N, (H/p)(W/p), p·p·C]`.
 * @param shape Height, width and channels of the images.
 * @returns `[N, H, W, C]`; the caller disposes it.
 */
export function imagesOfPatches(
  patches: tf.Tensor3D,
  [height, width, channels]: readonly [number, number, number],
  patchSize: number,
): tf.Tensor4D {
  const [rows, columns] = [height / patchSize, width / patchSize];
  return tf.tidy(
    () =>
      patches
        .reshape([-1, rows, columns, patchSize, patchSize * channels])
        .transpose([0, 1, 3, 2, 4])
        .reshape([-1, height, width, channels]) as tf.Tensor4D,
  );
}
