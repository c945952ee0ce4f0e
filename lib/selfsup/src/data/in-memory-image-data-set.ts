import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { ImageDataSet, ImageLabels, Split } from './image-data-set';

/** What an {@link InMemoryImageDataSet} is made of. */
export interface InMemoryImages {
  readonly name: string;
  readonly split: Split;
  /** Height, width, channels. */
  readonly imageShape: readonly [number, number, number];
  /** `[size, height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array;
  /** Class of each image, whole numbers from 0. Leave it out where there are none. */
  readonly labels?: ImageLabels | undefined;
  /** The names of the classes; default: their numbers. */
  readonly labelNames?: readonly string[] | undefined;
  /** What each image shows; default: the name of its class, or nothing where there are no labels. */
  readonly captions?: readonly string[] | undefined;
  /** Where the images came from, as a sentence; default: nothing. */
  readonly source?: string | undefined;
}

/** Images held in memory. Subsets share the pixels of the set they were taken from. */
export class InMemoryImageDataSet implements ImageDataSet {
  readonly name: string;
  readonly split: Split;
  readonly size: number;
  readonly imageShape: readonly [number, number, number];
  readonly isLabelled: boolean;
  readonly labelNames: readonly string[];
  readonly captions: readonly string[];
  readonly source: string;
  readonly #stored: InMemoryImages;
  /** Position of each image among the stored ones; `null` when this set holds them all, in their order. */
  readonly #positions: Int32Array | null;
  readonly #labels: ImageLabels | null;
  #pixels: Uint8Array | null = null;

  /**
   * @param stored the images.
   * @param positions those of them that belong to this set, in its order; default: all.
   * @throws InvalidArgumentError when lengths do not match, a label is negative, or a position is not one of an image.
   */
  constructor(stored: InMemoryImages, positions: Int32Array | null = null) {
    const { labels, captions, labelNames } = stored;
    const count = numberOfImages(stored);
    const outside = positions?.find((p) => p < 0 || p >= count);
    if (outside !== undefined) throw outOfRange(stored.name, outside, count);
    this.#stored = stored;
    this.#positions = positions;
    this.name = stored.name;
    this.split = stored.split;
    this.size = positions?.length ?? count;
    this.imageShape = stored.imageShape;
    this.isLabelled = labels !== undefined;
    this.#labels = labels === undefined ? null : this.ofEachImage(labels);
    this.labelNames = labels === undefined ? [] : (labelNames ?? numberNames(labels));
    this.captions =
      captions === undefined ? this.#classNames() : this.ofEachImage<readonly string[]>(captions);
    this.source = stored.source ?? '';
  }

  get labels(): ImageLabels {
    if (this.#labels === null) {
      throw new InvalidArgumentError(
        `${this.name}: these images have no labels, and labels are needed here. Give labels to the data set (of a folder: ` +
          'one subfolder for each class), or use a method that needs none.',
      );
    }
    return this.#labels;
  }

  /** `[size, height, width, channels]`, 0 to 255. A subset copies them together when they are first asked for. */
  get pixels(): Uint8Array {
    const positions = this.#positions;
    if (positions === null) return this.#stored.pixels;
    if (this.#pixels === null) {
      const length = this.#imageLength;
      const pixels = new Uint8Array(this.size * length);
      positions.forEach((p, i) => {
        pixels.set(this.#stored.pixels.subarray(p * length, (p + 1) * length), i * length);
      });
      this.#pixels = pixels;
    }
    return this.#pixels;
  }

  images(indices?: ArrayLike<number>): tf.Tensor4D {
    const chosen = indices ?? { length: this.size };
    const length = this.#imageLength;
    const { pixels } = this.#stored;
    const values = new Float32Array(chosen.length * length);
    let v = 0;
    for (let i = 0; i < chosen.length; i++) {
      const start = this.#positionOf(indices === undefined ? i : (indices[i] as number)) * length;
      // Divided, not multiplied by 1/255, so that 255 becomes 1 exactly.
      for (let p = start; p < start + length; p++) values[v++] = (pixels[p] as number) / 255;
    }
    return tf.tensor4d(values, [chosen.length, ...this.imageShape]);
  }

  subset(indices: ArrayLike<number>): InMemoryImageDataSet {
    return new InMemoryImageDataSet(this.#stored, this.positionsOf(indices));
  }

  /**
   * Where images of this set lie among the stored ones; for the `subset` of a class that adds attributes of its own.
   *
   * @throws InvalidArgumentError when an index is not one of an image.
   */
  protected positionsOf(indices: ArrayLike<number>): Int32Array {
    return Int32Array.from(indices, (index) => this.#positionOf(index));
  }

  /** Of an attribute of all stored images, the values of the images of this set, in its order. */
  protected ofEachImage<T extends Uint8Array | Int32Array | readonly string[]>(values: T): T {
    const positions = this.#positions;
    if (positions === null) return values;
    const chosen =
      values instanceof Uint8Array
        ? Uint8Array.from(positions, (p) => values[p] as number)
        : values instanceof Int32Array
          ? Int32Array.from(positions, (p) => values[p] as number)
          : Array.from(positions, (p) => values[p] as string);
    return chosen as T;
  }

  #classNames(): readonly string[] {
    return this.#labels === null
      ? new Array<string>(this.size).fill('')
      : Array.from(this.#labels, (label) => this.labelNames[label] ?? String(label));
  }

  get #imageLength(): number {
    const [height, width, channels] = this.imageShape;
    return height * width * channels;
  }

  #positionOf(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) {
      throw outOfRange(this.name, index, this.size);
    }
    return this.#positions === null ? index : (this.#positions[index] as number);
  }
}

/** How many images are stored. @throws InvalidArgumentError when what is stored of each image does not match. */
function numberOfImages({ name, imageShape, pixels, labels, captions }: InMemoryImages): number {
  const imageLength = imageShape.reduce((product, n) => product * n, 1);
  const count = labels?.length ?? Math.floor(pixels.length / imageLength);
  const bytes = count * imageLength;
  if (pixels.length !== bytes || (captions !== undefined && captions.length !== count)) {
    throw new InvalidArgumentError(
      `${name}: ${count} ${labels ? 'labels' : 'images'} need ${bytes} pixel values and as many captions; given ` +
        `${pixels.length} and ${captions?.length ?? 'none'}.`,
    );
  }
  const negative = labels?.findIndex((label) => label < 0) ?? -1;
  if (labels && negative >= 0) {
    throw new InvalidArgumentError(
      `${name}: label ${negative} is ${labels[negative]}; expected a whole number from 0. Leave labels out where there ` +
        'are none.',
    );
  }
  return count;
}

/** `0`, `1` … for the classes of labels without names. */
function numberNames(labels: ImageLabels): string[] {
  let classes = 0;
  for (const label of labels) classes = Math.max(classes, label + 1);
  return Array.from({ length: classes }, (_, label) => String(label));
}

function outOfRange(name: string, index: number, size: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `${name}: there is no image ${index}; expected whole numbers from 0 to ${size - 1}.`,
  );
}
