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
 * @throws InvalidArgumentError when they are no whole images of one or three channels, or their values are out of range.
 */
export async function asPixels(
  caller: string,
  images: tf.Tensor4D | PixelImages,
): Promise<PixelImages> {
  if (!(images instanceof tf.Tensor)) {
    assertWhole(caller, images);
    return images;
  }
  const [count, height, width, channels] = images.shape;
  if (images.shape.length !== 4 || !['float32', 'int32'].includes(images.dtype)) {
    throw new InvalidArgumentError(
      `${caller} was given a tensor ${images.dtype} [${images.shape}]; expected images [N, H, W, 1 or 3], float32 or int32.`,
    );
  }
  const imageShape = [height, width, channels] as const;
  assertImageShape(caller, imageShape, `${count} images`);
  const values = await images.data();
  if (images.dtype === 'int32') assertByteRange(caller, values);
  else assertUnitRange(caller, values);
  const range = images.dtype === 'int32' ? 1 : 255;
  // Storing into the clamped array rounds and keeps to 0…255.
  const bytes = Uint8ClampedArray.from(values, (value) => value * range);
  return { pixels: new Uint8Array(bytes.buffer), imageShape };
}

function assertWhole(caller: string, images: PixelImages): void {
  const { pixels, imageShape } = images ?? {};
  if (!(pixels instanceof Uint8Array) || imageShape?.length !== 3) {
    throw new InvalidArgumentError(
      `${caller} was given no images; expected a tensor [N, H, W, C], or { pixels, imageShape } as data sets hold them.`,
    );
  }
  assertImageShape(caller, imageShape, `${pixels.length} bytes`);
  const [height, width, channels] = imageShape;
  if (pixels.length % (height * width * channels) !== 0) {
    throw new InvalidArgumentError(
      `${caller} was given ${pixels.length} bytes for images of shape [${imageShape}]; expected whole images.`,
    );
  }
}

function assertImageShape(caller: string, shape: readonly number[], what: string): void {
  const channels = shape[2] as number;
  if (shape.every((size) => Number.isInteger(size) && size > 0) && [1, 3].includes(channels))
    return;
  throw new InvalidArgumentError(
    `${caller} was given ${what} of shape [${shape}]; expected height, width and one or three channels.`,
  );
}

function extremesOf(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index] as number);
    high = Math.max(high, values[index] as number);
  }
  return [low, high];
}

function assertByteRange(caller: string, values: ArrayLike<number>): void {
  const [low, high] = extremesOf(values);
  if (values.length === 0 || (low >= 0 && high <= 255)) return;
  throw new InvalidArgumentError(
    `${caller} was given int32 values from ${low} to ${high}; expected pictures in 0 to 255.`,
  );
}

/** Noise and jitter leave [0, 1] by so much at some pixels, which is cut off. */
const OVERSHOOT = 0.3;
/** The share of pixels beyond that which noise does not reach; pictures in [-1, 1] do. */
const BEYOND = 0.1;

/**
 * Refuses what would come out white or black without a word: pictures of 0 to 255, in [-1, 1], or standardised.
 */
function assertUnitRange(caller: string, values: ArrayLike<number>): void {
  const [low, high] = extremesOf(values);
  let beyond = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (value < -OVERSHOOT || value > 1 + OVERSHOOT) beyond += 1;
  }
  const isFitting = low >= -1 && high <= 2 && beyond <= BEYOND * values.length;
  if (values.length === 0 || isFitting) return;
  throw new InvalidArgumentError(
    `${caller} was given float values from ${low} to ${high}; expected pictures in [0, 1]. Divide pictures of 0 to ` +
      '255 by 255 or give them as int32; bring those in [-1, 1] back by (x + 1) / 2, and standardised ones with their mean ' +
      'and deviation.',
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
