import {
  type ImageData,
  InMemoryImageDataSet,
  type InMemoryImages,
  InvalidArgumentError,
} from 'selfsup';

/** What a {@link CourseImageDataSet} is made of. */
export interface CourseImages extends InMemoryImages {
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  readonly captions: readonly string[];
  readonly source: string;
  /** The concept each image draws, where several images show one concept (Emoji). */
  readonly concepts?: Int32Array;
  /** The artist of each image (Emoji), an index into `artistNames`. */
  readonly artists?: Uint8Array;
  readonly artistNames?: readonly string[];
}

/** Images of the course, CIFAR-10 or Emoji: all labelled; of the Emoji it is known what they draw and who drew them. */
export class CourseImageDataSet extends InMemoryImageDataSet {
  /** The concept each image draws, where several images show one concept (Emoji); else `null`. */
  readonly concepts: Int32Array | null;
  /** The artist of each image (Emoji), an index into `artistNames`; else `null`. */
  readonly artists: Uint8Array | null;
  readonly artistNames: readonly string[];
  readonly #images: CourseImages;

  /**
   * @param images the images.
   * @param positions those of them that belong to this set, in its order; default: all.
   * @throws InvalidArgumentError when lengths do not match, or a position is not one of an image.
   */
  constructor(images: CourseImages, positions: Int32Array | null = null) {
    super(images, positions);
    const { concepts, artists, labels, artistNames = [] } = images;
    for (const [what, values] of Object.entries({ concepts, artists })) {
      if (values !== undefined && values.length !== labels.length) {
        throw new InvalidArgumentError(
          `${images.name}: ${values.length} ${what} for ${labels.length} images; expected one for each.`,
        );
      }
    }
    this.#images = images;
    this.concepts = concepts === undefined ? null : this.ofEachImage(concepts);
    this.artists = artists === undefined ? null : this.ofEachImage(artists);
    this.artistNames = artistNames;
  }

  override get labels(): Uint8Array {
    return super.labels as Uint8Array;
  }

  override subset(indices: ArrayLike<number>): CourseImageDataSet {
    return new CourseImageDataSet(this.#images, this.positionsOf(indices));
  }
}

/** The three splits of one of the course's data sets. */
export interface CourseImageData extends ImageData<CourseImageDataSet> {
  /** One line that says which data set was chosen and why. */
  readonly reason: string;
}
