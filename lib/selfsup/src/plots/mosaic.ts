import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/** Pixels between two images. */
export const GAP = 4;

/** Images as bytes, the form in which data sets hold them. */
export interface PixelImages {
  /** `[N, height, width, channels]` in row-major order, 0 to 255. */
  readonly pixels: Uint8Array;
  /** Height, width, channels. */
  readonly imageShape: readonly [number, number, number];
}

/**
 * Images as bytes, rounded; a tensor is in [0, 1], or `int32` and in 0 to 255.
 *
 * @param caller For messages.
 */
export async function asPixels(
  caller: string,
  images: tf.Tensor4D | PixelImages,
): Promise<PixelImages> {
  if (!(images instanceof tf.Tensor)) return images;
  const [, height, width, channels] = images.shape;
  const values = await images.data();
  const range = images.dtype === 'int32' ? 1 : 255;
  if (images.dtype !== 'int32') assertUnitRange(caller, values);
  // Storing into the clamped array rounds and keeps to 0…255.
  const bytes = Uint8ClampedArray.from(values, (value) => value * range);
  return { pixels: new Uint8Array(bytes.buffer), imageShape: [height, width, channels] };
}

/**
 * Noise and jitter leave [0, 1] by a little, which is cut off; pictures of 0 to 255 or standardised ones would come out
 * white or black.
 */
function assertUnitRange(caller: string, values: ArrayLike<number>): void {
  let [low, high] = [0, 1];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index] as number);
    high = Math.max(high, values[index] as number);
  }
  if (low >= -1 && high <= 2) return;
  throw new InvalidArgumentError(
    `${caller} was given float values from ${low} to ${high}; expected pictures in [0, 1]. Divide pictures of 0 to ` +
      '255 by 255 or give them as int32; bring standardised ones back with their mean and deviation.',
  );
}

/** How the images of a grid lie, in pixels. */
export interface GridLayout {
  readonly count: number;
  readonly columns: number;
  readonly scale: number;
  readonly rowGap: number;
}

/** A picture of three bytes per pixel. */
export interface Canvas {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Puts the images on one white canvas, each pixel enlarged to a square (nearest neighbour). */
export function mosaic(
  { pixels, imageShape: [height, width, channels] }: PixelImages,
  { count, columns, scale, rowGap }: GridLayout,
): Canvas {
  const rows = Math.ceil(count / columns);
  const fullWidth = columns * (width * scale + GAP) - GAP;
  const fullHeight = rows * (height * scale + rowGap) - rowGap;
  const canvas = new Uint8Array(fullWidth * fullHeight * 3).fill(255);
  for (let image = 0; image < count; image++) {
    const left = (image % columns) * (width * scale + GAP);
    const top = Math.floor(image / columns) * (height * scale + rowGap);
    for (let y = 0; y < height * scale; y++) {
      const source = (image * height + Math.floor(y / scale)) * width;
      for (let x = 0; x < width * scale; x++) {
        const from = (source + Math.floor(x / scale)) * channels;
        const to = ((top + y) * fullWidth + left + x) * 3;
        for (let channel = 0; channel < 3; channel++) {
          canvas[to + channel] = pixels[from + (channels === 3 ? channel : 0)] as number;
        }
      }
    }
  }
  return { pixels: canvas, width: fullWidth, height: fullHeight };
}

/** The address under which a page holds a PNG within itself. */
export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

export async function asPng({ pixels, width, height }: Canvas): Promise<Uint8Array> {
  const tensor = tf.tensor3d(pixels, [height, width, 3], 'int32');
  try {
    return await tf.node.encodePng(tensor);
  } finally {
    tensor.dispose();
  }
}
