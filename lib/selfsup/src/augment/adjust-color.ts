import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertRgbBatch, assertUnitRange } from './image-batch';

/** A value for the whole batch, or one for each image: a tensor `[N]`. */
type PerImage = number | tf.Tensor1D;

/** Options of {@link adjustColor}; whatever is left out is not changed. */
export interface ColorAdjustment {
  /** Factor of all values: 0 is black, 1 leaves the image as it is. */
  readonly brightness?: PerImage;
  /** Factor of the distance from the image's mean grey: 0 is one flat grey, 1 leaves the image as it is. */
  readonly contrast?: PerImage;
  /** Factor of the distance of each pixel from its own grey: 0 is a grey image, 1 leaves it as it is. */
  readonly saturation?: PerImage;
  /** Rotation of the hue in turns: 0 leaves it, 1/3 takes red near green, 1/2 to the complementary colour. */
  readonly hue?: PerImage;
  /** Added to all values. */
  readonly shift?: PerImage;
}

/** Share of red, green and blue in the grey (luma) of a pixel: ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** The grey of every pixel in all three channels: `[r, g, b] · GREY = [y, y, y]`. */
const GREY = LUMA.map((weight) => [weight, weight, weight]);

/** All but the grey: `[r, g, b] · CHROMA = [r − y, g − y, b − y]`. */
const CHROMA = GREY.map((row, i) => row.map((weight, j) => (i === j ? 1 : 0) - weight));

/**
 * A quarter turn of the hue. In television's colour plane `u = 0.492 (b − y)`, `v = 0.877 (r − y)` it takes
 * `(u, v)` to `(−v, u)`; green follows from the luma, which stays.
 */
const QUARTER_TURN = (() => {
  const stretch = 0.492 / 0.877;
  const red = CHROMA.map((row) => stretch * (row[2] ?? 0));
  const blue = CHROMA.map((row) => -(row[0] ?? 0) / stretch);
  return CHROMA.map((_, i) => {
    const [r, b] = [red[i] ?? 0, blue[i] ?? 0];
    return [r, -(LUMA[0] * r + LUMA[2] * b) / LUMA[1], b];
  });
})();

/**
 * Changes brightness, contrast, saturation and hue of a batch in one matrix multiplication per image.
 *
 * With the grey `y` of a pixel, the mean grey `ȳ` of its image, brightness `b`, contrast `c`, saturation `s`, and
 * `R` the rotation of the hue:
 *
 * `x' = b · ( c · ( y + s · R(x − y) ) + (1 − c) · ȳ ) + shift`, clipped to [0, 1].
 *
 * Each of the four is linear and keeps what the others measure (saturation and hue keep the grey), so without
 * clipping in between their order makes no difference, and none has to be drawn.
 *
 * `[N, H, W, 3]` → `[N, H, W, 3]`; the caller disposes.
 *
 * @throws InvalidArgumentError when the images are not RGB, or a tensor is not `[N]`.
 */
export function adjustColor(images: tf.Tensor4D, adjustment: ColorAdjustment): tf.Tensor4D {
  assertRgbBatch('adjustColor', images);
  assertUnitRange('adjustColor', images);
  const [count, height, width] = images.shape;
  for (const [name, value] of Object.entries(adjustment) as [string, PerImage | undefined][]) {
    if (value instanceof tf.Tensor && !tf.util.arraysEqual(value.shape, [count])) {
      throw new InvalidArgumentError(
        `adjustColor got ${name} of shape [${value.shape.join(', ')}]; expected a number, or a tensor of shape ` +
          `[${count}], one value for each image.`,
      );
    }
  }
  return tf.tidy(() => {
    const { brightness = 1, contrast = 1, saturation = 1, hue = 0, shift = 0 } = adjustment;
    const perImage = (value: PerImage): tf.Tensor => tf.reshape(value, [-1, 1, 1]);
    const angle = perImage(hue).mul(2 * Math.PI);
    const gain = perImage(brightness).mul(perImage(contrast));
    const chroma = tf
      .tensor2d(CHROMA)
      .mul(angle.cos())
      .add(tf.tensor2d(QUARTER_TURN).mul(angle.sin()))
      .mul(perImage(saturation));
    const matrix = tf
      .tensor2d(GREY)
      .add(chroma)
      .mul(gain)
      .mul(tf.ones([count, 1, 1]));
    const pixels = images.reshape([count, height * width, 3]);
    let offset = perImage(shift);
    if (contrast !== 1) {
      const meanGrey = pixels.mean(1, true).matMul(tf.tensor2d(GREY).slice([0, 0], [3, 1]));
      const lift = perImage(brightness).sub(gain);
      offset = offset.add(meanGrey.mul(lift));
    }
    const adjusted = pixels.matMul(matrix).add(offset);
    return adjusted.clipByValue(0, 1).reshape(images.shape) as tf.Tensor4D;
  });
}
