import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, type OnProgress, tf } from 'selfsup';
import { withLock } from 'verified-download';
import { drawSvgDocuments } from './draw-svg-documents';
import { ImageDataError } from './image-data-error';
import { drawingFolders, keptInFirstFolder, placeFile } from './kept-drawings';
import { packageVersion } from './package-file';
import { collectSampleArtwork, SAMPLE_ARTIST, type SampleArtwork } from './sample-artwork';

/** Options of {@link samplePictures}. */
export interface SamplePicturesOptions {
  /** Where the folder is kept, as `pictures/`; default: the course's data folder. */
  readonly dataDir?: string | undefined;
  /** At most this many drawings of each class, evenly spread; default: all. */
  readonly perClass?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** A file that was made from another one. */
export interface RepeatedFile {
  readonly file: string;
  /** The file that it repeats. */
  readonly of: string;
}

/** What {@link samplePictures} returns. Paths are within the folder, with `/` between the parts. */
export interface SamplePictures {
  /** The folder, one subfolder for each class. */
  readonly dir: string;
  /** Who drew the pictures, and their licence, as a sentence. */
  readonly source: string;
  /** Every file, also those that cannot be read. */
  readonly files: readonly string[];
  /** Copied as they are, under another name. */
  readonly copies: readonly RepeatedFile[];
  /** Saved again, smaller and as JPEG of lower quality: the same picture, no byte alike. */
  readonly savedAgain: readonly RepeatedFile[];
  /** Cut short, empty, or no picture at all. */
  readonly damaged: readonly string[];
}

/** Changes whenever the way of drawing does, so that an older folder is not taken for a new one. */
const VERSION = 1;
/** Height and width of a picture, and of one saved again. */
const [SIZE, SMALLER] = [96, 80] as const;
/** JPEG qualities, out of 100: such as cameras use, and such as messages are sent with. */
const [GOOD, POOR] = [90, 60] as const;
/** Every so many drawings one is saved again, and one copied. */
const [SAVED_AGAIN_EVERY, COPIED_EVERY] = [32, 120] as const;

/**
 * A folder of pictures such as a reader's own may be: JPEG and PNG files in one subfolder for each of eight classes, with
 * what real folders have: copies, pictures saved again smaller and worse, variants of one motif (hands in five skin
 * tones), files that are damaged or no pictures. What was done on purpose is listed, so that what is found can be judged.
 *
 * The pictures were drawn by an artist whose work no shipped encoder has seen, and are drawn from an npm package on the first call
 * (some seconds), then kept. Where a listed file is missing, all are drawn again.
 *
 * @throws InvalidArgumentError when `perClass` is not a whole number from 2; ImageDataError when the folder cannot be written or
 *   nothing drawn.
 */
export async function samplePictures({
  dataDir,
  perClass,
  onProgress,
}: SamplePicturesOptions = {}): Promise<SamplePictures> {
  if (perClass !== undefined && !(Number.isInteger(perClass) && perClass >= 2)) {
    throw new InvalidArgumentError(
      `samplePictures: perClass is ${perClass}; expected a whole number, 2 or more.`,
    );
  }
  const versions = await Promise.all(
    ['@resvg/resvg-js', SAMPLE_ARTIST.package].map(packageVersion),
  );
  const key = [VERSION, versions, perClass ?? 'all'];
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12);
  return keptInFirstFolder('The sample pictures', drawingFolders(dataDir), async (folder) => {
    const parent = join(folder, 'pictures', digest);
    // Its name stands in titles.
    const dir = join(parent, 'sample-pictures');
    await mkdir(parent, { recursive: true });
    return withLock(
      dir,
      { purpose: 'drawing the sample pictures' },
      async () => (await readManifest(dir)) ?? drawFolder(dir, perClass, onProgress),
    );
  });
}

/** The name of a sample picture without skin tone and without what a copy adds: variants of one motif share it. */
export function motifOf(file: string): string {
  const name = (file.split('/').at(-1) as string).replace(/\.[a-z]+$/, '');
  return name
    .replace(/^(copy-of|saved-again)-/, '')
    .replace(/(-(light|medium-light|medium|medium-dark|dark)-skin-tone)+$/, '');
}

/** The folder as it was listed when it was finished; `null` where it was not, or a file is missing. */
async function readManifest(dir: string): Promise<SamplePictures | null> {
  try {
    const listed = JSON.parse(await readFile(`${dir}.json`, 'utf8')) as Omit<SamplePictures, 'dir'>;
    return listed.files.every((file) => existsSync(join(dir, file))) ? { ...listed, dir } : null;
  } catch {
    return null;
  }
}

async function drawFolder(
  dir: string,
  perClass: number | undefined,
  onProgress: OnProgress | undefined,
): Promise<SamplePictures> {
  const artwork = await collectSampleArtwork(perClass);
  const documents = artwork.map(({ svg }) => svg);
  const label = 'Drawing the sample pictures';
  const drawn = await drawSvgDocuments(documents, { size: SIZE, label, onProgress });
  const isSkipped = new Set(drawn.skipped);
  await rm(dir, { recursive: true, force: true });
  for (const category of new Set(artwork.map((one) => one.category))) {
    await mkdir(join(dir, category), { recursive: true });
  }
  const folder = new PictureFolder(dir);
  for (const [position, one] of artwork.entries()) {
    if (isSkipped.has(position)) continue;
    const length = SIZE * SIZE * 3;
    await folder.add(one, drawn.pixels.subarray(position * length, (position + 1) * length));
  }
  const listed = await folder.finish();
  await placeFile(`${dir}.json`, JSON.stringify(listed));
  return { ...listed, dir };
}

/** Writes the files and notes what was done on purpose. */
class PictureFolder {
  readonly #dir: string;
  readonly #files: string[] = [];
  readonly #copies: RepeatedFile[] = [];
  readonly #savedAgain: RepeatedFile[] = [];
  readonly #damaged: string[] = [];
  #last: { readonly category: string; readonly bytes: Uint8Array } | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @param pixels `[SIZE, SIZE, 3]`, 0 to 255. */
  async add({ category, icon }: SampleArtwork, pixels: Uint8Array): Promise<void> {
    const number = this.#files.length - this.#copies.length - this.#savedAgain.length;
    const isPng = number % 2 === 0;
    const bytes = isPng ? await png(pixels) : await jpeg(pixels, SIZE, GOOD);
    const file = await this.#write(`${category}/${icon}.${isPng ? 'png' : 'jpg'}`, bytes);
    if (number % SAVED_AGAIN_EVERY === 5) {
      const again = `${category}/saved-again-${icon}.jpg`;
      await this.#write(again, await jpeg(pixels, SMALLER, POOR));
      this.#savedAgain.push({ file: again, of: file });
    }
    if (number % COPIED_EVERY === 7) {
      const copy = `${category}/copy-of-${icon}.${isPng ? 'png' : 'jpg'}`;
      await this.#write(copy, bytes);
      this.#copies.push({ file: copy, of: file });
    }
    this.#last = { category, bytes };
  }

  /** Adds the files that cannot be read. */
  async finish(): Promise<Omit<SamplePictures, 'dir'>> {
    if (this.#last === null) {
      throw new ImageDataError(
        `None of the sample pictures of ${SAMPLE_ARTIST.package} could be drawn. Run "npm run setup" in the folder of the course.`,
      );
    }
    const { category, bytes } = this.#last;
    for (const [name, content] of [
      ['cut-short.png', bytes.subarray(0, bytes.length >> 1)],
      ['empty.jpg', new Uint8Array()],
      ['notes.txt', Buffer.from('Pictures of the summer, to be sorted.\n')],
      ['web-page.jpg', Buffer.from('<!DOCTYPE html><title>404 Not Found</title>\n')],
    ] as const) {
      this.#damaged.push(await this.#write(`${category}/${name}`, content));
    }
    return {
      source: `Pictures by ${SAMPLE_ARTIST.name} (${SAMPLE_ARTIST.licence}), from the npm package ${SAMPLE_ARTIST.package}.`,
      files: this.#files,
      copies: this.#copies,
      savedAgain: this.#savedAgain,
      damaged: this.#damaged,
    };
  }

  async #write(file: string, bytes: Uint8Array): Promise<string> {
    await writeFile(join(this.#dir, file), bytes);
    this.#files.push(file);
    return file;
  }
}

async function png(pixels: Uint8Array): Promise<Uint8Array> {
  const image = tf.tensor3d(pixels, [SIZE, SIZE, 3], 'int32');
  try {
    return await tf.node.encodePng(image);
  } finally {
    image.dispose();
  }
}

async function jpeg(pixels: Uint8Array, size: number, quality: number): Promise<Uint8Array> {
  const image = tf.tidy(() => {
    const whole = tf.tensor3d(pixels, [SIZE, SIZE, 3], 'int32');
    if (size === SIZE) return whole;
    return tf.image.resizeBilinear(whole, [size, size]).round().toInt() as tf.Tensor3D;
  });
  try {
    return await tf.node.encodeJpeg(image, 'rgb', quality);
  } finally {
    image.dispose();
  }
}
