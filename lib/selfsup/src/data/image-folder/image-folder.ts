import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { InvalidArgumentError } from '../../runtime/errors';
import { plural } from '../../runtime/plural';
import type { OnProgress } from '../../runtime/progress';
import type { ImageData, ImageLabels, Split } from '../image-data-set';
import type { PictureOptions } from './decode-picture';
import { ImageFolderDataSet } from './image-folder-data-set';
import { ImageFolderError } from './image-folder-error';
import { readPictures } from './read-pictures';
import { scanFolder } from './scan-folder';
import type { SkippedFile } from './skipped-file';
import { splitFiles } from './split-files';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions {
  /** The folder. Its subfolders, where they hold images, are the classes. */
  readonly dir: string;
  /** Height and width of the images in pixels. */
  readonly size: number;
  /**
   * How an oblong picture becomes square: `cover` (default) cuts off what is too long, evenly at both ends, `contain` fills
   * up with the background, `fill` changes the proportions.
   */
  readonly fit?: PictureOptions['fit'];
  /** The colour behind transparent pixels, as CSS writes it. Default white. */
  readonly background?: string;
  /** `subfolders` (default): the class of an image is the outermost subfolder it is in; `none`: no labels. */
  readonly classes?: 'subfolders' | 'none';
  /** Share of the images of each class in the test split, the same for every seed. Default 0.1. */
  readonly testFraction?: number;
  /** Share of the other images of each class in the validation split. Default 0.1. */
  readonly validationFraction?: number;
  /** Chooses the validation images. Default 0. */
  readonly seed?: number;
  /**
   * Pictures of more pixels are skipped; a quarter of it for those that can only be decoded as a whole (BMP, GIF, progressive
   * JPEG, interlaced PNG). Default 200 million.
   */
  readonly maxPixels?: number;
  /** Where the resized pictures are kept; `null` for nowhere. Default `selfsup/image-folders` in the user's cache folder. */
  readonly cacheDir?: string | null;
  readonly onProgress?: OnProgress;
  /** Ends the reading; what has been decoded is kept. */
  readonly signal?: AbortSignal;
}

/** An image that is the same as another one, pixel for pixel, after resizing. */
export interface DuplicateFile {
  /** The one that was left out. */
  readonly file: string;
  /** The one that stays, the first of them in the order of the paths. */
  readonly of: string;
}

/** What {@link imageFolder} returns. */
export interface ImageFolder extends ImageData<ImageFolderDataSet> {
  /** The files that were not read, and why, in the order of their paths. */
  readonly skipped: readonly SkippedFile[];
  /** The images that were left out because they repeat another one. */
  readonly duplicates: readonly DuplicateFile[];
  /** How many files were decoded now; the others were in the cache, unchanged. */
  readonly decoded: number;
  /** The file in which the resized pictures are kept; `null` where they are not. */
  readonly cacheFile: string | null;
  /** Why they could not be kept; `null` where they were, or were not to be. */
  readonly cacheProblem: string | null;
  /** All of this in one sentence. */
  readonly summary: string;
}

/** An image by its place among all files. */
interface Kept {
  readonly file: string;
  readonly position: number;
}

/**
 * Reads a folder of JPEG, PNG, BMP and GIF files, subfolders and links included, as images of `size × size` pixels, split into
 * train, validation and test by file. What a file is, its content decides, not its name.
 *
 * - **Labels** are the outermost subfolders; images beside them are skipped. Without subfolders there are no labels.
 * - **Pictures** are turned upright, brought to sRGB with 8 bits per channel, laid on the background where they are transparent, and resized
 *   with antialiasing. Of an animation the first frame is taken. They are decoded once and kept: only files that are new
 *   or have changed are decoded the next time.
 * - **Files that cannot be read**, or whose header says more pixels than `maxPixels`, are skipped and named in `skipped`.
 * - **Duplicates**, pictures that are equal after resizing, are left out and named, so that none is in two splits.
 * - **Splits** depend on the paths of the files: the same folder gives the same splits, on every machine and for every
 *   size; the test files are the same for every seed. A folder that is split already (`train/`, `test/`) is read by a
 *   call for each, with `testFraction: 0`.
 *
 * Images are in the order of their paths. `pixels` are `[N, size, size, 3]`, 0 to 255.
 *
 * A picture is let go as soon as it is resized, so memory is that of the result and little more: 100,000 JPEG files of 64 × 64 pixels, at size 32, took
 * 290 s on two cores (AMD EPYC, AVX2) and a peak of 567 MB, 293 MB of which are the pixels; 6 s and 570 MB the next time.
 *
 * @throws ImageFolderError when the folder does not exist or holds no image that can be read, or the images do not fit
 *   into memory; InvalidArgumentError when an option is out of range; the signal's reason when it is aborted.
 *
 * @example
 * const photos = await imageFolder({ dir: 'photos', size: 32 });
 * console.log(photos.summary);
 * await train({ step, data: imageBatches(photos.train), batchSize: 128, steps: 1000 });
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageFolder> {
  assertOptions(options);
  const { size, fit = 'cover', background = '#ffffff', maxPixels = 200_000_000 } = options;
  const { seed = 0, testFraction = 0.1, validationFraction = 0.1, onProgress, signal } = options;
  const root = await existingFolder(options.dir);
  const name = basename(root);
  const { files, skipped: unscanned } = await scanFolder(root, signal);
  const read = await readPictures(root, files, {
    picture: { size, fit, background, maxPixels },
    cacheDir: options.cacheDir === undefined ? defaultCacheDir() : options.cacheDir,
    label: `Reading ${name}`,
    onProgress,
    signal,
  });
  const skipped = [...unscanned, ...read.skipped.filter((file) => file !== null)];
  const whole = files.flatMap(({ file }, position) =>
    read.skipped[position] === null ? [{ file, position }] : [],
  );
  if (whole.length === 0) throw nothingToRead(root, skipped);
  const withClass = classesOf(whole, options.classes ?? 'subfolders', skipped);
  const { kept, duplicates } = withoutDuplicates(withClass.kept, read.pixels, size * size * 3);
  const labelled = withClass.labelNames.length > 0;
  const labels = labelled ? labelsOf(kept, withClass.labelNames) : null;
  const paths = kept.map(({ file }) => file);
  const images = {
    name,
    imageShape: [size, size, 3] as const,
    pixels: movedTogether(kept, read.pixels, size * size * 3),
    files: paths,
    source: `${kept.length.toLocaleString('en-GB')} ${plural(kept.length, 'image')} of the folder ${root}.`,
    ...(labels ? { labels, labelNames: withClass.labelNames } : { captions: paths.map(stem) }),
  };
  const splits = splitFiles(paths, labels, { seed, testFraction, validationFraction });
  const part = (split: Split) =>
    new ImageFolderDataSet(
      { ...images, split },
      Int32Array.from([...paths.keys()].filter((position) => splits[position] === split)),
    );
  const [train, validation, test] = [part('train'), part('validation'), part('test')];
  const { decoded, cacheFile, cacheProblem } = read;
  skipped.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const data = { name, train, validation, test, skipped, duplicates };
  return { ...data, decoded, cacheFile, cacheProblem, summary: summaryOf(data, cacheProblem) };
}

function defaultCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'selfsup', 'image-folders');
}

async function existingFolder(dir: string): Promise<string> {
  const path = resolve(dir);
  try {
    if ((await stat(path)).isDirectory()) return await realpath(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const trouble = code === 'ENOENT' ? 'does not exist' : `cannot be opened (${code})`;
    // A shell puts the home in its place, but not within quotation marks, nor does a notebook.
    const tilde = /^~(?=$|[/\\])/.test(dir) ? ` Only a shell reads "~": write ${homedir()}.` : '';
    throw new ImageFolderError(
      `imageFolder: ${path} ${trouble}. Name a folder of images.${tilde}`,
      { cause },
    );
  }
  throw new ImageFolderError(`imageFolder: ${path} is not a folder. Name the folder it is in.`);
}

/** The images that have a class, and the classes; the others join `skipped`. Without subfolders there are no classes. */
function classesOf(
  images: readonly Kept[],
  classes: 'subfolders' | 'none',
  skipped: SkippedFile[],
): { readonly kept: readonly Kept[]; readonly labelNames: readonly string[] } {
  const names = new Set(images.flatMap(({ file }) => classOf(file) ?? []));
  if (classes === 'none' || names.size === 0) return { kept: images, labelNames: [] };
  const kept = images.filter(({ file }) => classOf(file) !== null);
  const detail = `beside the subfolders, which are the classes; move it into one, or read all without labels (classes: 'none')`;
  for (const { file } of images) {
    if (classOf(file) === null) skipped.push({ file, reason: 'no-class', detail });
  }
  return { kept, labelNames: [...names].sort() };
}

/** One spelling of accents, whatever the file system's. */
function classOf(file: string): string | null {
  const end = file.indexOf('/');
  return end < 0 ? null : file.slice(0, end).normalize('NFC');
}

function labelsOf(kept: readonly Kept[], labelNames: readonly string[]): ImageLabels {
  const numberOf = new Map(labelNames.map((labelName, label) => [labelName, label]));
  const labels = kept.map(({ file }) => numberOf.get(classOf(file) as string) as number);
  return labelNames.length <= 256 ? Uint8Array.from(labels) : Int32Array.from(labels);
}

function withoutDuplicates(
  images: readonly Kept[],
  pixels: Uint8Array,
  bytes: number,
): { readonly kept: readonly Kept[]; readonly duplicates: readonly DuplicateFile[] } {
  const firstOf = new Map<string, string>();
  const duplicates: DuplicateFile[] = [];
  const kept = images.filter(({ file, position }) => {
    const picture = pixels.subarray(position * bytes, (position + 1) * bytes);
    const digest = createHash('sha256').update(picture).digest('base64');
    const of = firstOf.get(digest);
    if (of === undefined) firstOf.set(digest, file);
    else duplicates.push({ file, of });
    return of === undefined;
  });
  return { kept, duplicates };
}

/** The pixels of the images side by side, in place: a copy would need as much memory again. */
function movedTogether(kept: readonly Kept[], pixels: Uint8Array, bytes: number): Uint8Array {
  kept.forEach(({ position }, i) => {
    if (position !== i) pixels.copyWithin(i * bytes, position * bytes, (position + 1) * bytes);
  });
  return pixels.subarray(0, kept.length * bytes);
}

function stem(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '');
}

function summaryOf(
  {
    name,
    train,
    validation,
    test,
    skipped,
    duplicates,
  }: Pick<ImageFolder, 'name' | 'train' | 'validation' | 'test' | 'skipped' | 'duplicates'>,
  cacheProblem: string | null,
): string {
  const number = (n: number) => n.toLocaleString('en-GB');
  const total = train.size + validation.size + test.size;
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, n]) => `${number(n)} ${reason}`).join(', ');
  const classes = train.labelNames.length;
  const sizes = [train, validation, test].map(({ size, split }) => `${number(size)} ${split}`);
  return (
    `${name}: ${number(total)} ${plural(total, 'image')} (${sizes.join(', ')})` +
    (classes > 0
      ? ` of ${number(classes)} ${plural(classes, 'class', 'classes')}`
      : ' without labels') +
    (skipped.length > 0 ? `; ${number(skipped.length)} skipped (${reasons})` : '') +
    (duplicates.length > 0 ? `; ${number(duplicates.length)} left out as duplicates` : '') +
    `.${cacheProblem === null ? '' : ` They are decoded again the next time: ${cacheProblem}.`}`
  );
}

/** Names the first few files, so that the message stays a message. */
function nothingToRead(root: string, skipped: readonly SkippedFile[]): ImageFolderError {
  const named = skipped.slice(0, 3).map(({ file, detail }) => `${file}: ${detail}`);
  const more = skipped.length > 3 ? `; and ${skipped.length - 3} more` : '';
  return new ImageFolderError(
    `imageFolder: ${root} holds no image that can be read${named.length > 0 ? ` (${named.join('; ')}${more})` : ', it is empty'}. ` +
      'Expected JPEG, PNG, BMP or GIF files, in the folder or its subfolders.',
  );
}

function assertOptions(options: ImageFolderOptions): void {
  const { size, seed = 0, testFraction = 0.1, validationFraction = 0.1, maxPixels = 1 } = options;
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`imageFolder: ${given}; expected ${expected}.`);
  };
  if (typeof options.dir !== 'string' || options.dir === '') {
    refuse(`dir is ${JSON.stringify(options.dir)}`, 'the path of a folder');
  }
  for (const [name, value] of Object.entries({ size, maxPixels })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      refuse(`${name} is ${value}`, 'a whole number, 1 or more');
    }
  }
  if (!Number.isInteger(seed)) refuse(`seed is ${seed}`, 'a whole number');
  for (const [name, value] of Object.entries({ testFraction, validationFraction })) {
    if (!(value >= 0 && value < 1)) refuse(`${name} is ${value}`, 'a share from 0 to below 1');
  }
  const choices = { fit: ['cover', 'contain', 'fill'], classes: ['subfolders', 'none'] } as const;
  for (const name of ['fit', 'classes'] as const) {
    const value = options[name];
    if (value !== undefined && !(choices[name] as readonly string[]).includes(value)) {
      refuse(`${name} is "${value}"`, choices[name].join(', '));
    }
  }
}
