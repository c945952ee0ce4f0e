import type * as tf from '../runtime/tensorflow';

/** Which part of a data set: models are fitted on `train`, chosen on `validation`, reported on `test`. */
export type Split = 'train' | 'validation' | 'test';

/** Labelled images held in memory, the one shape in which every data set of the course arrives. */
export interface ImageDataSet {
  /** `CIFAR-10` or `Emoji`. */
  readonly name: string;
  readonly split: Split;
  /** Number of images. */
  readonly size: number;
  /** Height, width, channels. */
  readonly imageShape: readonly [number, number, number];
  /** `[size, height, width, channels]` in row-major order, 0 to 255. */
  readonly pixels: Uint8Array;
  /** Class of each image, an index into `labelNames`. */
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  /** What each image shows: the noun of CIFAR-10's original file name, or the Emoji's name. */
  readonly captions: readonly string[];
  /** The concept each image draws, where several images show one concept (Emoji); else `null`. */
  readonly concepts: Int32Array | null;
  /** The artist of each image (Emoji), an index into `artistNames`; else `null`. */
  readonly artists: Uint8Array | null;
  readonly artistNames: readonly string[];
  /** Where the data came from, as a sentence for the learner. */
  readonly source: string;

  /** The images at these positions (all when omitted): `[N, H, W, C]`, float32 in [0, 1]; the caller disposes. */
  images(indices?: ArrayLike<number>): tf.Tensor4D;
  /** A view on the images at these positions, in this order. */
  subset(indices: ArrayLike<number>): ImageDataSet;
}

/** The three splits of one data set. */
export interface ImageData {
  readonly name: string;
  readonly train: ImageDataSet;
  readonly validation: ImageDataSet;
  readonly test: ImageDataSet;
  /** One line that says which data set was chosen and why. */
  readonly reason: string;
}
