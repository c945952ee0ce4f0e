import { type FileHandle, open, readFile } from 'node:fs/promises';
import type sharp from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import { decodeBmp } from './decode-bmp';
import { ImageFolderError } from './image-folder-error';
import {
  type PictureHeader,
  type PictureKind,
  pictureKind,
  readPictureHeader,
} from './picture-header';
import { SkipFile } from './skipped-file';

/** How a picture becomes a square of `size × size` pixels. */
export interface PictureOptions {
  /** Height and width in pixels. */
  readonly size: number;
  /** `cover` cuts off what is too long, `contain` fills up with the background, `fill` changes the proportions. */
  readonly fit: 'cover' | 'contain' | 'fill';
  /** The colour behind transparent pixels, as CSS writes it. */
  readonly background: string;
  /** Pictures of more pixels are skipped. */
  readonly maxPixels: number;
}

type SharpFactory = typeof sharp;

const NOT_AN_IMAGE = 'not a JPEG, PNG, BMP or GIF file';

/** Larger files are skipped: they are read into memory. */
const MAX_BYTES = 512 * 1024 ** 2;
/** Pictures that can only be decoded as a whole, into memory, may have a quarter of the pixels. */
const WHOLE_SHARE = 1 / 4;
/** Pictures of more pixels are decoded one at a time. */
const LARGE = 4_000_000;

function sharpModule(): SharpFactory {
  try {
    // Loaded when a folder is read, not when the library is: it brings 20 MB of native code.
    return require('sharp') as SharpFactory;
  } catch (cause) {
    throw new ImageFolderError(
      `imageFolder: the image decoder "sharp" could not be loaded (${(cause as Error).message.split('\n')[0]}). Its ` +
        'binary for this platform is an optional dependency: install again with "npm install --include=optional".',
      { cause },
    );
  }
}

/** Decodes and resizes pictures; large ones one at a time, so that memory stays bounded whatever the folder holds. */
export class PictureDecoder {
  readonly #options: PictureOptions;
  readonly #sharp: SharpFactory;
  /** Settles when the large pictures asked for so far are done. */
  #large: Promise<unknown> = Promise.resolve();

  /** @throws ImageFolderError when the decoder cannot be loaded. */
  constructor(options: PictureOptions) {
    this.#options = options;
    this.#sharp = sharpModule();
  }

  /** The versions of what decodes: other ones may give other pixels. */
  get version(): string {
    const { sharp, vips } = this.#sharp.versions;
    return `sharp ${sharp}, libvips ${vips}`;
  }

  /**
   * The picture in a file, `[size, size, 3]`, 0 to 255, in sRGB, the right way up: of a GIF the first frame, of CMYK, grey
   * and 16-bit pictures the nearest colours, transparency on the background. Shrinking averages (Lanczos).
   *
   * @param size bytes of the file.
   * @throws SkipFile when the file holds no such picture.
   */
  async decode(path: string, size: number): Promise<Uint8Array> {
    if (size > LARGE) return this.#oneAtATime(() => this.#decodeLarge(path, size));
    if (size === 0) throw new SkipFile('damaged', 'empty');
    const file = await readFile(path).catch((error) => Promise.reject(unreadable(error)));
    const kind = pictureKind(file);
    if (kind === null) throw new SkipFile('not-an-image', NOT_AN_IMAGE);
    return this.#decodeBytes(kind, file);
  }

  /** Looks at the first bytes before it reads the file. */
  async #decodeLarge(path: string, size: number): Promise<Uint8Array> {
    let handle: FileHandle | null = null;
    let kind: PictureKind | null;
    let file: Buffer;
    try {
      handle = await open(path);
      const head = Buffer.alloc(16);
      await handle.read(head, 0, head.length, 0);
      kind = pictureKind(head);
      file = kind === null || size > MAX_BYTES ? head : await handle.readFile();
    } catch (error) {
      throw unreadable(error);
    } finally {
      await handle?.close();
    }
    if (kind === null) throw new SkipFile('not-an-image', NOT_AN_IMAGE);
    if (size > MAX_BYTES) {
      const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;
      throw new SkipFile(
        'too-large',
        `a ${kind} file of ${megabytes(size)}; at most ${megabytes(MAX_BYTES)} are read`,
      );
    }
    return this.#decodeBytes(kind, file, true);
  }

  async #decodeBytes(kind: PictureKind, file: Buffer, isAlone = false): Promise<Uint8Array> {
    const header = readPictureHeader(kind, file);
    this.#checkPixels(kind, header);
    const decode = async () => (kind === 'BMP' ? this.#fromBmp(file) : this.#pixels(file));
    return isAlone || header.width * header.height <= LARGE ? decode() : this.#oneAtATime(decode);
  }

  #checkPixels(kind: PictureKind, { width, height, isWhole }: PictureHeader): void {
    if (width < 1 || height < 1) throw new SkipFile('damaged', 'damaged (it has no pixels)');
    const most = this.#mostPixels(isWhole);
    if (width * height <= most) return;
    const number = (n: number) => n.toLocaleString('en-GB');
    const what = kind === 'JPEG' ? 'progressive JPEG' : kind === 'PNG' ? 'interlaced PNG' : kind;
    throw new SkipFile(
      'too-large',
      `its header says ${number(width)} × ${number(height)} pixels; of a ${isWhole ? what : kind} at most ` +
        `${number(most)} are read (maxPixels)`,
    );
  }

  #mostPixels(isWhole: boolean): number {
    return Math.floor(this.#options.maxPixels * (isWhole ? WHOLE_SHARE : 1));
  }

  #fromBmp(file: Buffer): Promise<Uint8Array> {
    const { width, height, rgba } = decodeBmp(file);
    return this.#pixels(rgba, { raw: { width, height, channels: 4 } });
  }

  async #pixels(input: Uint8Array, options: SharpOptions = {}): Promise<Uint8Array> {
    const { size, fit, background } = this.#options;
    const picture: Sharp = this.#sharp(input, {
      failOn: 'error',
      // The header was looked at; this is for frames larger than their header says.
      limitInputPixels: this.#mostPixels(false),
      ...options,
    })
      // Of three channels from the start: a grey picture would be laid on the background's red alone.
      .pipelineColourspace('srgb')
      .autoOrient()
      .flatten({ background })
      .resize(size, size, { fit, background })
      .toColourspace('srgb');
    try {
      const pixels = await picture.raw({ depth: 'uchar' }).toBuffer();
      if (pixels.length === size * size * 3) return pixels;
    } catch (error) {
      throw damaged(error);
    }
    throw new SkipFile('damaged', 'damaged (its colours cannot be told)');
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#large.then(work);
    this.#large = done.catch(() => undefined);
    return done;
  }
}

function unreadable(error: unknown): SkipFile {
  const { code, message } = error as NodeJS.ErrnoException;
  return new SkipFile('unreadable', `cannot be read (${code ?? message})`);
}

/** The decoder's first complaint, in one line, where it has one. */
function damaged(error: unknown): SkipFile {
  const [first = ''] = (error as Error).message
    .replace(/^Input buffer (has|contains) /, '')
    .split('\n');
  const complaint = first.trim().replace(/[:.]$/, '');
  const why = /^(unknown error)?$/i.test(complaint) ? '' : ` (${complaint})`;
  return new SkipFile('damaged', `cut short or damaged${why}`);
}
