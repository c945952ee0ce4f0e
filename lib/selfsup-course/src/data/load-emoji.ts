import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, type OnProgress } from 'selfsup';
import { describeHolder, withLock } from 'verified-download';
import { drawSvgDocuments } from './draw-svg-documents';
import {
  collectEmojiArtwork,
  EMOJI_ARTISTS,
  EMOJI_CATEGORIES,
  type EmojiArtwork,
} from './emoji-artwork';
import { drawingFolders, keptInFirstFolder, placeFile } from './kept-drawings';
import { packageVersion } from './package-file';

/** Options of {@link loadEmoji}. */
export interface LoadEmojiOptions {
  /** Where the drawings are kept, in `emoji/`; default: the course's data folder. */
  readonly dataDir?: string | undefined;
  /** Height and width in pixels; default: 32. */
  readonly size?: number;
  /** Only this many concepts, evenly spread over all; default: all. */
  readonly concepts?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Emoji in memory, ordered by concept and artist. */
export interface Emoji {
  /** `[N, size, size, 3]`, 0 to 255, on white. */
  readonly pixels: Uint8Array;
  /** Category of each drawing, an index into `labelNames`. */
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  /** Name of each concept; the same for every artist. */
  readonly captions: readonly string[];
  /** Concept of each drawing, numbered from 0. */
  readonly concepts: Int32Array;
  /** Artist of each drawing, an index into `artistNames`. */
  readonly artists: Uint8Array;
  readonly artistNames: readonly string[];
  /** Icons that the drawing library could not draw, such as `noto:package`. */
  readonly skipped: readonly string[];
  /** Icons left out because the artist drew another concept the very same, such as `openmoji:cook`. */
  readonly repeated: readonly string[];
  /** The file in which the drawings are kept. */
  readonly path: string;
}

/** The part of a stored file that precedes its pixels; after them comes a SHA-256 digest of all that stands before it. */
interface StoredHeader {
  readonly labels: readonly number[];
  readonly captions: readonly string[];
  readonly concepts: readonly number[];
  readonly artists: readonly number[];
  readonly skipped: readonly string[];
  readonly repeated: readonly string[];
}

/** Changes whenever the way of drawing or of storing does, so that older files are not taken for new ones. */
const DRAWING_VERSION = 2;
const DIGEST_BYTES = 32;
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** A file name that differs whenever the drawings would. */
async function fileName(size: number, concepts: number | undefined): Promise<string> {
  const names = ['@resvg/resvg-js', ...EMOJI_ARTISTS.map((artist) => artist.package)];
  const versions = await Promise.all(names.map(packageVersion));
  const key = md5(
    Buffer.from(JSON.stringify([DRAWING_VERSION, versions, size, concepts ?? 'all'])),
  );
  return `emoji-${size}${concepts === undefined ? '' : `-${concepts}-concepts`}-${key.slice(0, 12)}.bin`;
}

function fromHeader(header: StoredHeader, pixels: Uint8Array, path: string): Emoji {
  return {
    pixels,
    labels: Uint8Array.from(header.labels),
    labelNames: EMOJI_CATEGORIES,
    captions: header.captions,
    concepts: Int32Array.from(header.concepts),
    artists: Uint8Array.from(header.artists),
    artistNames: EMOJI_ARTISTS.map(({ name }) => name),
    skipped: header.skipped,
    repeated: header.repeated,
    path,
  };
}

/** The stored drawings; `null` where there are none or the file is damaged, so that they are drawn again. */
async function readStored(path: string): Promise<Emoji | null> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch {
    return null;
  }
  try {
    const content = file.subarray(0, file.length - DIGEST_BYTES);
    if (!sha256(content).equals(file.subarray(content.length))) return null;
    const end = 4 + content.readUInt32LE(0);
    const header = JSON.parse(content.toString('utf8', 4, end)) as StoredHeader;
    // The file's own memory, not a copy: it is 20 MB.
    const pixels = new Uint8Array(content.buffer, content.byteOffset + end, content.length - end);
    return fromHeader(header, pixels, path);
  } catch {
    return null;
  }
}

/**
 * Positions whose pixels repeat those of another position. Some artists draw "cook" and "man cook" the very same; in
 * different splits they would be one image to train on and to test with. The concept of fewest code points keeps the drawing.
 */
function repeatedDrawings(
  artwork: readonly EmojiArtwork[],
  positions: readonly number[],
  pixelsOf: (position: number) => Uint8Array,
): Set<number> {
  const length = (position: number) => artwork[position]?.concept.length ?? 0;
  const shortestFirst = [...positions].sort((a, b) => length(a) - length(b) || a - b);
  const seen = new Set<string>();
  return new Set(
    shortestFirst.filter((position) => {
      const key = md5(pixelsOf(position));
      const isRepeated = seen.has(key);
      seen.add(key);
      return isRepeated;
    }),
  );
}

async function drawAndStore(
  path: string,
  size: number,
  conceptLimit: number | undefined,
  onProgress: OnProgress | undefined,
): Promise<Emoji> {
  const artwork = await collectEmojiArtwork(conceptLimit);
  const documents = artwork.map(({ svg }) => svg);
  const drawn = await drawSvgDocuments(documents, { size, onProgress });
  const length = size * size * 3;
  const pixelsOf = (position: number) =>
    drawn.pixels.subarray(position * length, (position + 1) * length);
  const isSkipped = new Set(drawn.skipped);
  const whole = [...artwork.keys()].filter((position) => !isSkipped.has(position));
  const repeated = repeatedDrawings(artwork, whole, pixelsOf);
  const positions = whole.filter((position) => !repeated.has(position));

  const at = (position: number) => artwork[position] as EmojiArtwork;
  const iconName = (position: number) =>
    `${EMOJI_ARTISTS[at(position).artist]?.package.replace('@iconify-json/', '')}:${at(position).icon}`;
  const conceptNumbers = new Map<string, number>();
  const pixels = new Uint8Array(positions.length * length);
  positions.forEach((position, i) => {
    pixels.set(pixelsOf(position), i * length);
    const { concept } = at(position);
    if (!conceptNumbers.has(concept)) conceptNumbers.set(concept, conceptNumbers.size);
  });
  const header: StoredHeader = {
    labels: positions.map((position) => at(position).category),
    captions: positions.map((position) => at(position).caption),
    concepts: positions.map((position) => conceptNumbers.get(at(position).concept) as number),
    artists: positions.map((position) => at(position).artist),
    skipped: drawn.skipped.map(iconName),
    repeated: [...repeated].sort((a, b) => a - b).map(iconName),
  };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(text.length);
  const content = Buffer.concat([prefix, text, pixels]);
  await placeFile(path, Buffer.concat([content, sha256(content)]));
  return fromHeader(header, pixels, path);
}

/**
 * Loads the Emoji: one concept drawn by up to four artists, on white, without flags and skin tones. They are drawn
 * from npm packages on the first call (a few seconds) and kept in the data folder; where that cannot be written, and no
 * other was named, in the user's cache folder. Of two processes that call at once, one draws; when it dies, the other
 * takes over at once.
 *
 * @throws InvalidArgumentError when `size` or `concepts` is not a positive whole number; ImageDataError when the
 * drawings cannot be made or kept.
 */
export async function loadEmoji({
  dataDir,
  size = 32,
  concepts,
  onProgress,
}: LoadEmojiOptions = {}): Promise<Emoji> {
  for (const [name, value] of Object.entries({ size, concepts: concepts ?? 1 })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidArgumentError(
        `loadEmoji: ${name} is ${value}; expected a positive whole number.`,
      );
    }
  }
  const file = await fileName(size, concepts);
  const folders = drawingFolders(dataDir).map((folder) => join(folder, 'emoji'));
  for (const folder of folders) {
    const stored = await readStored(join(folder, file));
    if (stored !== null) return stored;
  }
  return keptInFirstFolder('The Emoji', folders, (folder) =>
    drawnOnce(folder, file, { size, concepts, onProgress }),
  );
}

/** The drawings in the folder, drawn by this process or by another that began before. */
async function drawnOnce(
  folder: string,
  file: string,
  { size = 32, concepts, onProgress }: LoadEmojiOptions,
): Promise<Emoji> {
  const path = join(folder, file);
  await mkdir(folder, { recursive: true });
  const onWaiting = (holder: Parameters<typeof describeHolder>[0]): void => {
    const message = `waiting for ${describeHolder(holder)}`;
    onProgress?.({ label: 'Drawing Emoji', done: 0, total: null, unit: 'images', message });
  };
  return withLock(
    path,
    { purpose: 'drawing the Emoji', onWaiting },
    async () => (await readStored(path)) ?? drawAndStore(path, size, concepts, onProgress),
  );
}
