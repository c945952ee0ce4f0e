import type * as tf from '../runtime/tensorflow';
import { asPixels, asPng, dataUrl, mosaic, type PixelImages } from './mosaic';

/**
 * Images as addresses that hold them (`data:image/png…`), for a `heatmap` with pictures on its axes or a `scatterPlot` that shows
 * the picture under the pointer. Each takes about a kilobyte of the notebook for 32 × 32 pixels.
 *
 * @param images `[N, H, W, 1 or 3]`, float32 in [0, 1] or int32 in 0 to 255; or bytes, as data sets hold them.
 * @returns One for each image.
 * @throws InvalidArgumentError when they are no whole images of one or three channels, or their values are out of range.
 */
export async function thumbnails(images: tf.Tensor4D | PixelImages): Promise<string[]> {
  const { pixels, imageShape } = await asPixels('thumbnails', images);
  const length = imageShape[0] * imageShape[1] * imageShape[2];
  const layout = { count: 1, columns: 1, scale: 1, rowGap: 0 };
  const addresses: string[] = [];
  for (let start = 0; start < pixels.length; start += length) {
    const one = { pixels: pixels.subarray(start, start + length), imageShape };
    addresses.push(dataUrl(await asPng(mosaic(one, layout))));
  }
  return addresses;
}
