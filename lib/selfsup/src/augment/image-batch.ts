import { isTracing } from 'tfjs-compile';
import { InvalidArgumentError } from '../runtime/errors';
import { plural } from '../runtime/plural';
import * as tf from '../runtime/tensorflow';

/** Checks that `images` is a batch `[N, H, W, C]` of float32; `operation` names the caller in the message. */
export function assertImageBatch(operation: string, images: tf.Tensor4D): void {
  // The type already says so, but notebooks pass tensors whose rank the compiler does not know.
  const { shape, dtype } = images as tf.Tensor;
  if (shape.length !== 4) {
    const advice =
      shape.length === 3
        ? 'Add the batch dimension to a single image with images.expandDims(0).'
        : 'Reshape it, or pass a batch such as dataSet.images([0, 1, 2]).';
    throw new InvalidArgumentError(
      `${operation} got a tensor of rank ${shape.length}, shape [${shape.join(', ')}]; it expects a batch of images ` +
        `of rank 4, [N, H, W, C]. ${advice}`,
    );
  }
  if (dtype !== 'float32') {
    throw new InvalidArgumentError(
      `${operation} got images of type ${dtype}; it expects float32 in [0, 1]. ` +
        'Convert 0 to 255 pixels with images.toFloat().div(255).',
    );
  }
}

/** Checks that `images` is a batch `[N, H, W, 3]` of float32. */
export function assertRgbBatch(operation: string, images: tf.Tensor4D): void {
  assertImageBatch(operation, images);
  const channels = images.shape[3];
  if (channels !== 3) {
    throw new InvalidArgumentError(
      `${operation} got images with ${channels} ${plural(channels, 'channel')}; it expects red, green and blue. ` +
        'Repeat a grey channel with images.tile([1, 1, 1, 3]).',
    );
  }
}

/**
 * Checks that values are in [0, 1], or beyond it by no more than noise and jitter take them: an operation that cuts off what is
 * outside would make pictures of 0 to 255 white without a word. It reads the largest and the smallest value, which nothing can
 * do in a step that is being compiled: there it does not look.
 */
export function assertUnitRange(operation: string, images: tf.Tensor4D): void {
  if (isTracing() || images.size === 0) return;
  const [low, high] = tf.tidy(() => [images.min(), images.max()].map((t) => t.dataSync()[0])) as [
    number,
    number,
  ];
  // NaN is no matter of scale.
  if (!(low < -1 || high > 2)) return;
  throw new InvalidArgumentError(
    `${operation} got float values from ${low} to ${high}; it expects pictures in [0, 1]. Divide pictures of 0 to 255 by ` +
      '255; standardise after the augmentation, not before.',
  );
}

/** Checks that a `size` × `size` window fits into the images. */
export function assertWindowFits(operation: string, images: tf.Tensor4D, size: number): void {
  const [, height, width] = images.shape;
  if (size > height || size > width) {
    throw new InvalidArgumentError(
      `${operation} was asked for ${size}×${size} pixels of images of ${height}×${width}; ` +
        `a window cannot be larger than the image. Choose a size of at most ${Math.min(height, width)}.`,
    );
  }
}
