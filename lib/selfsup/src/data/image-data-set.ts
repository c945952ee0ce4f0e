import type * as tf from '../runtime/tensorflow';

/** Which part of a data set: models are fitted on `train`, chosen on `validation`, reported on `test`. */
export type Split = 'train' | 'validation' | 'test';

/** The class of each image: bytes where there are at most 256 classes, else 32-bit numbers. */
export type ImageLabels = Uint8Array | Int32Array;

/** Images held in memory, with labels or without. */
export interface ImageDataSet {
  /** What the images are, for titles and messages: `CIFAR-10`, or the name of a folder. */
  readonly name: string;
  readonly split: Split;
  /** Number of images. */
  readonly size: number;
  /** Height, width, channels. */
  readonly imageShape: readonly [number, number, number];
  /** `[size, height, width, channels]` in row-major order, 0 to 255. */
  readonly pixels: Uint8Array;
  /** Whether the images have labels. */
  readonly isLabelled: boolean;
  /**
   * Class of each image, an index into `labelNames`.
   *
   * @throws InvalidArgumentError where the images have none: what needs labels says so, what does not never asks.
   */
  readonly labels: ImageLabels;
  /** The names of the classes; empty where the images have no labels. */
  readonly labelNames: readonly string[];
  /** What each image shows, in words. */
  readonly captions: readonly string[];
  /** Where the images came from, as a sentence. */
  readonly source: string;

  /** The images at these positions (all when omitted): `[N, H, W, C]`, float32 in [0, 1]; the caller disposes. */
  images(indices?: ArrayLike<number>): tf.Tensor4D;
  /** A view on the images at these positions, in this order. */
  subset(indices: ArrayLike<number>): ImageDataSet;
}

/** The three splits of one data set. */
export interface ImageData<D extends ImageDataSet = ImageDataSet> {
  readonly name: string;
  readonly train: D;
  readonly validation: D;
  readonly test: D;
}
