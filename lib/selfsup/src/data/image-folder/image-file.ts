import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assertCount } from '../../runtime/checks';
import * as tf from '../../runtime/tensorflow';
import { PictureDecoder } from './decode-picture';
import type { ImageFolderOptions } from './image-folder';
import { ImageFolderError } from './image-folder-error';
import { SkipFile } from './skipped-file';

/** Options of {@link imageFile}; they mean what they mean to `imageFolder`. */
export type ImageFileOptions = Pick<
  ImageFolderOptions,
  'size' | 'fit' | 'background' | 'maxPixels'
>;

/**
 * Reads one JPEG, PNG, BMP or GIF file the way `imageFolder` reads each of its own: upright, in sRGB, resized with
 * antialiasing. So it can be compared with the images of a folder that was read with the same options.
 *
 * @param file Its path.
 * @returns `[1, size, size, 3]`, float32 in [0, 1]; the caller disposes it.
 * @throws ImageFolderError when there is no such file, or it is no image that can be read; InvalidArgumentError when `size` is
 *   not a whole number from 1.
 *
 * @example
 * const [matches] = await index.search(await imageFile('query.jpg', { size: 32 }), { k: 8 });
 */
export async function imageFile(
  file: string,
  { size, fit = 'cover', background = '#ffffff', maxPixels = 200_000_000 }: ImageFileOptions,
): Promise<tf.Tensor4D> {
  assertCount('imageFile', 'size', size);
  const path = resolve(file);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const trouble = cause.code === 'ENOENT' ? 'does not exist' : `cannot be opened (${cause.code})`;
    throw new ImageFolderError(`imageFile: ${path} ${trouble}. Name an image file.`, { cause });
  });
  if (!found.isFile()) {
    throw new ImageFolderError(
      `imageFile: ${path} is not a file. Name an image; imageFolder reads folders.`,
    );
  }
  const decoder = new PictureDecoder({ size, fit, background, maxPixels });
  try {
    const pixels = await decoder.decode(path, found.size);
    const values = Float32Array.from(pixels, (value) => value / 255);
    return tf.tensor4d(values, [1, size, size, 3]);
  } catch (error) {
    if (!(error instanceof SkipFile)) throw error;
    throw new ImageFolderError(
      `imageFile: ${path} cannot be read: ${error.detail}. Expected a JPEG, PNG, BMP or GIF file.`,
      { cause: error },
    );
  }
}
