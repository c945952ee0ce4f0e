import { tf } from 'selfsup';

/** Images as nested arrays, `[n][row][column][channel]`, for the oracles in plain JavaScript. */
export type Pixels = number[][][][];

/** Images whose values differ from pixel to pixel, the same on every call. */
export function exampleImages(
  count: number,
  height: number,
  width = height,
  channels = 3,
): tf.Tensor4D {
  return tf.randomUniform([count, height, width, channels], 0, 1, 'float32', 7);
}

/** `count` copies of one example image: what differs afterwards was drawn. */
export function repeatedImage(
  count: number,
  height: number,
  width = height,
  channels = 3,
): tf.Tensor4D {
  return tf.tidy(() =>
    exampleImages(1, height, width, channels).tile<tf.Tensor4D>([count, 1, 1, 1]),
  );
}

/** Reads a batch into nested arrays and disposes it. */
export function take(images: tf.Tensor4D): Pixels {
  const pixels = images.arraySync();
  images.dispose();
  return pixels;
}

/** The value of one channel; throws where there is none. */
export function at(pixels: Pixels, n: number, row: number, column: number, channel = 0): number {
  const value = pixels[n]?.[row]?.[column]?.[channel];
  if (value === undefined)
    throw new RangeError(`No value at [${n}, ${row}, ${column}, ${channel}].`);
  return value;
}

/** The largest absolute difference of two batches of one shape. */
export function largestDifference(a: Pixels, b: Pixels): number {
  const [flatA, flatB] = [a.flat(3), b.flat(3)];
  if (flatA.length !== flatB.length)
    throw new RangeError(`${flatA.length} against ${flatB.length} values.`);
  return flatA.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - (flatB[i] ?? Number.NaN))),
    0,
  );
}

/** Number of different images in a batch. */
export function countDifferent(pixels: Pixels): number {
  return new Set(pixels.map((image) => JSON.stringify(image))).size;
}
