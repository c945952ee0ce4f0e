import { InMemoryImageDataSet, type InMemoryImages } from '../in-memory-image-data-set';

/** What an {@link ImageFolderDataSet} is made of. */
export interface FolderImages extends InMemoryImages {
  /** The path of each image within the folder. */
  readonly files: readonly string[];
}

/** Images of a folder, of which the files are known. */
export class ImageFolderDataSet extends InMemoryImageDataSet {
  /** The path of each image within the folder, with `/` between the parts. */
  readonly files: readonly string[];
  readonly #images: FolderImages;

  /**
   * @param images the images.
   * @param positions those of them that belong to this set, in its order; default: all.
   * @throws InvalidArgumentError when lengths do not match, or a position is not one of an image.
   */
  constructor(images: FolderImages, positions: Int32Array | null = null) {
    super(images, positions);
    this.#images = images;
    this.files = this.ofEachImage(images.files);
  }

  override subset(indices: ArrayLike<number>): ImageFolderDataSet {
    return new ImageFolderDataSet(this.#images, this.positionsOf(indices));
  }
}
