import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import type { ImageDataSet, Split } from './image-data-set';

/** What an {@link InMemoryImageDataSet} is made of. */
export interface InMemoryImages {
  readonly name: string;
  readonly split: Split;
  readonly imageShape: readonly [number, number, number];
  /** `[size, height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  readonly captions: readonly string[];
  readonly concepts?: Int32Array | null;
  readonly artists?: Uint8Array | null;
  readonly artistNames?: readonly string[];
  readonly source: string;
}

/** Labelled images held in memory. Subsets share the pixels of the set they were taken from. */
export class InMemoryImageDataSet implements ImageDataSet {
  readonly name: string;
  readonly split: Split;
  readonly size: number;
  readonly imageShape: readonly [number, number, number];
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  readonly captions: readonly string[];
  readonly concepts: Int32Array | null;
  readonly artists: Uint8Array | null;
  readonly artistNames: readonly string[];
  readonly source: string;
  readonly #stored: InMemoryImages;
  /** Position of each image among the stored ones; `null` when this set holds them all, in their order. */
  readonly #positions: Int32Array | null;
  #pixels: Uint8Array | null = null;

  /**
   * @param stored the images.
   * @param positions those of them that belong to this set, in its order; default: all.
   * @throws InvalidArgumentError when lengths do not match, or a position is not one of an image.
   */
  constructor(stored: InMemoryImages, positions: Int32Array | null = null) {
    const count = stored.labels.length;
    const bytes = stored.imageShape.reduce((product, n) => product * n, count);
    const perImage = [stored.captions, stored.concepts, stored.artists];
    if (
      stored.pixels.length !== bytes ||
      perImage.some((values) => values && values.length !== count)
    ) {
      throw new InvalidArgumentError(
        `${stored.name}: ${count} labels need ${bytes} pixel values and as many captions, concepts and artists as ` +
          `labels; given ${stored.pixels.length} and ${perImage.map((values) => values?.length ?? 'none').join(', ')}.`,
      );
    }
    const outside = positions?.find((p) => p < 0 || p >= count);
    if (outside !== undefined) throw outOfRange(stored.name, outside, count);
    this.#stored = stored;
    this.#positions = positions;
    this.name = stored.name;
    this.split = stored.split;
    this.size = positions?.length ?? count;
    this.imageShape = stored.imageShape;
    this.labelNames = stored.labelNames;
    this.artistNames = stored.artistNames ?? [];
    this.source = stored.source;
    const { labels, captions, concepts = null, artists = null } = stored;
    this.labels = positions ? Uint8Array.from(positions, (p) => labels[p] as number) : labels;
    this.captions = positions ? Array.from(positions, (p) => captions[p] as string) : captions;
    this.concepts =
      positions && concepts ? Int32Array.from(positions, (p) => concepts[p] as number) : concepts;
    this.artists =
      positions && artists ? Uint8Array.from(positions, (p) => artists[p] as number) : artists;
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
    const positions = Int32Array.from(indices, (index) => this.#positionOf(index));
    return new InMemoryImageDataSet(this.#stored, positions);
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

function outOfRange(name: string, index: number, size: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `${name}: there is no image ${index}; expected whole numbers from 0 to ${size - 1}.`,
  );
}
