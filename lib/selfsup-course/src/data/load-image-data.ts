import {
  type Cifar10Archive,
  defaultDataFolder,
  findCifar10,
  type LoadCifar10Options,
  loadCifar10,
} from 'cifar10-loader';
import { classBalancedSplit, InvalidArgumentError, type OnProgress, type Split } from 'selfsup';
import { type CourseImageData, CourseImageDataSet } from './course-image-data-set';
import { EMOJI_ARTISTS } from './emoji-artwork';
import { IMAGE_DATA, type ImageDataName } from './image-data-choice';
import { ImageDataError } from './image-data-error';
import { loadChosenData, type Patience } from './load-chosen-data';
import { loadEmoji } from './load-emoji';
import { splitByConcept } from './split-by-concept';

/** Options of {@link loadImageData}. */
export interface LoadImageDataOptions {
  /** Default: the environment variable `SELFSUP_DATA`, else `auto`. */
  readonly data?: ImageDataName | undefined;
  /** Chooses the validation images; default: 0. The test images are the same for every seed. */
  readonly seed?: number;
  /** Share of the training images (CIFAR-10) or concepts (Emoji) held out for validation; default: 0.1. */
  readonly validationFraction?: number;
  /** At most this many training images, all classes alike (CIFAR-10) or whole concepts (Emoji); default: all. */
  readonly trainLimit?: number | undefined;
  /** The same for the validation images. */
  readonly validationLimit?: number | undefined;
  /** The same for the test images. */
  readonly testLimit?: number | undefined;
  /** Never uses the network; default: false. */
  readonly offline?: boolean;
  /** Where data are kept; default: `data/` of the course. */
  readonly dataDir?: string | undefined;
  /** A folder or archive that holds CIFAR-10; default: the environment variable `CIFAR10_DIR`. */
  readonly cifar10Dir?: string | undefined;
  /** The archive to download; default: CIFAR-10's official one. */
  readonly cifar10Archive?: Cifar10Archive | undefined;
  /** Draws only this many Emoji concepts; default: all. */
  readonly emojiConcepts?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const EMOJI_TEST_FRACTION = 0.2;

function checkOptions(options: LoadImageDataOptions): void {
  const { validationFraction = 0.1, seed = 0 } = options;
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new InvalidArgumentError(
      `loadImageData: validationFraction is ${validationFraction}; expected a share between 0 and 1, such as 0.1.`,
    );
  }
  if (!Number.isInteger(seed)) {
    throw new InvalidArgumentError(`loadImageData: seed is ${seed}; expected a whole number.`);
  }
  for (const name of ['trainLimit', 'validationLimit', 'testLimit'] as const) {
    const limit = options[name];
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
      throw new InvalidArgumentError(
        `loadImageData: ${name} is ${limit}; expected a positive whole number. Leave it out for all images.`,
      );
    }
  }
}

async function cifar10Data(
  options: LoadImageDataOptions,
  patience: Patience | null,
  reason: string,
): Promise<CourseImageData> {
  const shared: LoadCifar10Options = {
    dir: options.cifar10Dir,
    dataDir: options.dataDir,
    offline: options.offline ?? false,
    onProgress: options.onProgress,
    ...(options.cifar10Archive ? { archive: options.cifar10Archive } : {}),
    ...(patience && { download: patience }),
  };
  const whole = await loadCifar10({ ...shared, split: 'train' });
  const test = await loadCifar10({
    ...shared,
    split: 'test',
    limit: options.testLimit,
    classBalanced: options.testLimit !== undefined,
  });
  const dataSet = (loaded: typeof whole, split: Split, positions: Int32Array | null = null) =>
    new CourseImageDataSet(
      {
        name: 'CIFAR-10',
        split,
        imageShape: [32, 32, 3],
        pixels: loaded.pixels,
        labels: loaded.labels,
        labelNames: loaded.labelNames,
        captions:
          loaded.nouns?.map((noun) => noun.replace(/_/g, ' ')) ??
          Array.from(loaded.labels, (label) => loaded.labelNames[label] as string),
        source: loaded.source,
      },
      positions,
    );
  const { train, validation } = classBalancedSplit(whole.labels, {
    seed: options.seed ?? 0,
    validationFraction: options.validationFraction ?? 0.1,
    trainLimit: options.trainLimit,
    validationLimit: options.validationLimit,
  });
  return {
    name: 'CIFAR-10',
    train: dataSet(whole, 'train', train),
    validation: dataSet(whole, 'validation', validation),
    test: dataSet(test, 'test'),
    reason,
  };
}

async function emojiData(options: LoadImageDataOptions, reason: string): Promise<CourseImageData> {
  const emoji = await loadEmoji({
    dataDir: options.dataDir,
    concepts: options.emojiConcepts,
    onProgress: options.onProgress,
  });
  const positions = splitByConcept(emoji.concepts, emoji.labels, {
    seed: options.seed ?? 0,
    testFraction: EMOJI_TEST_FRACTION,
    validationFraction: options.validationFraction ?? 0.1,
  });
  const licences = EMOJI_ARTISTS.map(({ name, licence }) => `${name} (${licence})`).join(', ');
  const dataSet = (split: Split, limit: number | undefined) =>
    new CourseImageDataSet(
      {
        name: 'Emoji',
        split,
        imageShape: [32, 32, 3],
        pixels: emoji.pixels,
        labels: emoji.labels,
        labelNames: emoji.labelNames,
        captions: emoji.captions,
        concepts: emoji.concepts,
        artists: emoji.artists,
        artistNames: emoji.artistNames,
        source: `Emoji drawn by ${licences}, kept in ${emoji.path}.`,
      },
      positions[split].slice(0, limit),
    );
  return {
    name: 'Emoji',
    train: dataSet('train', options.trainLimit),
    validation: dataSet('validation', options.validationLimit),
    test: dataSet('test', options.testLimit),
    reason,
  };
}

/**
 * Loads the images of a notebook, split into train, validation and test.
 *
 * `auto` takes CIFAR-10 where it is on this machine, downloads it in the profiles standard and full, and takes the
 * Emoji offline, in the quick profile, and where the download fails; `reason` says which and why. CIFAR-10's validation
 * images are held out of its training images, equally many of each class. Emoji are split by concept, so that no
 * concept is in two splits.
 *
 * @throws InvalidArgumentError for an option that cannot be used; ImageDataError when the data cannot be had.
 *
 * @example
 * const { train, validation, test, reason } = await loadImageData({ seed: 1 });
 */
export async function loadImageData(options: LoadImageDataOptions = {}): Promise<CourseImageData> {
  checkOptions(options);
  return loadChosenData(IMAGE_DATA, {
    data: options.data,
    offline: options.offline ?? false,
    localPath: () => {
      const dataDir = options.dataDir ?? defaultDataFolder();
      return findCifar10({ dir: options.cifar10Dir, dataDir })?.path ?? null;
    },
    loadDownloaded: (reason, patience) => cifar10Data(options, patience, reason),
    loadOwn: (reason) => emojiData(options, reason),
    error: ImageDataError,
  });
}
