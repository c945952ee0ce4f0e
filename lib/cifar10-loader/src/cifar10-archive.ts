import type { PublishedArchive } from './archive-download';

/** The archive a download must yield. */
export interface Cifar10Archive extends PublishedArchive {
  /** Images in each of the six batches. */
  readonly imagesPerBatch: number;
}

/** The archive "CIFAR-10 binary version" of the official site. */
export const OFFICIAL_BINARY_ARCHIVE: Cifar10Archive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  imagesPerBatch: 10_000,
};

/** The archive "CIFAR-10 python version" of the official site; it alone holds the original file names. */
export const OFFICIAL_PYTHON_ARCHIVE: Cifar10Archive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz',
  md5: 'c58f30108f718f92721af3b95e74349a',
  imagesPerBatch: 10_000,
};

/** The ten classes, in the order of their labels. */
export const CIFAR10_LABEL_NAMES: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** Which part of CIFAR-10: 50,000 images to train on, 10,000 to test with. */
export type Cifar10Split = 'train' | 'test';

/** How an archive or folder stores its batches. */
export type Cifar10Format = 'binary' | 'python';

/** @internal Bytes of one image: 32 × 32 pixels, three channels. */
export const IMAGE_BYTES = 32 * 32 * 3;

/** @internal Name of the folder in which each format keeps its batches. */
export const BATCH_FOLDERS: Readonly<Record<Cifar10Format, string>> = {
  binary: 'cifar-10-batches-bin',
  python: 'cifar-10-batches-py',
};

/** @internal The files of a split, in order; a split's images are numbered through them. */
export function batchFiles(format: Cifar10Format, split: Cifar10Split): string[] {
  const extension = format === 'binary' ? '.bin' : '';
  const names = split === 'test' ? ['test_batch'] : [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`);
  return names.map((name) => name + extension);
}
