import { evenlySpread } from './evenly-spread';
import { type IconSet, svgDocument } from './icon-set';
import { readPackageJson } from './package-file';

/** An artist's set of emoji, as an npm package. */
export interface EmojiArtist {
  readonly name: string;
  readonly package: string;
  readonly licence: string;
}

/** The four artists, in the order of their index. */
export const EMOJI_ARTISTS: readonly EmojiArtist[] = [
  { name: 'Noto', package: '@iconify-json/noto', licence: 'Apache-2.0' },
  { name: 'Twemoji', package: '@iconify-json/twemoji', licence: 'CC BY 4.0' },
  { name: 'OpenMoji', package: '@iconify-json/openmoji', licence: 'CC BY-SA 4.0' },
  { name: 'Fluent', package: '@iconify-json/fluent-emoji-flat', licence: 'MIT' },
];

/** The eight categories of Unicode that are used; flags are left out. */
export const EMOJI_CATEGORIES: readonly string[] = [
  'Smileys & Emotion',
  'People & Body',
  'Animals & Nature',
  'Food & Drink',
  'Travel & Places',
  'Activities',
  'Objects',
  'Symbols',
];

/** One artist's drawing of one concept, not yet drawn. */
export interface EmojiArtwork {
  /** The Unicode code points that all artists share, such as `1f426-200d-2b1b` (a black bird). */
  readonly concept: string;
  /** Index into {@link EMOJI_ARTISTS}. */
  readonly artist: number;
  /** Name of the icon in its package. */
  readonly icon: string;
  /** Index into {@link EMOJI_CATEGORIES}. */
  readonly category: number;
  /** The concept's name, such as `black bird`; the same for every artist. */
  readonly caption: string;
  /** A complete SVG document. */
  readonly svg: string;
}

/** Code points without the variation selector, which artists write or leave out at will. */
function conceptKey(codePoints: string): string {
  return codePoints
    .toLowerCase()
    .split('-')
    .filter((point) => point !== 'fe0f')
    .join('-');
}

/** Drawings in a skin tone repeat a concept; code points of the private use area are an artist's own inventions. */
function isLeftOut(key: string): boolean {
  return key.split('-').some((point) => {
    const code = Number.parseInt(point, 16);
    return (code >= 0x1f3fb && code <= 0x1f3ff) || (code >= 0xe000 && code <= 0xf8ff);
  });
}

/** The category's index under a spelling that ignores `&`, which one package leaves out. */
function categoryIndex(name: string): number {
  const plain = (text: string) => text.replace(/[^a-z]/gi, '').toLowerCase();
  return EMOJI_CATEGORIES.findIndex((category) => plain(category) === plain(name));
}

async function artworkOf(artist: number): Promise<EmojiArtwork[]> {
  const { package: name } = EMOJI_ARTISTS[artist] as EmojiArtist;
  const [set, characters, metadata] = await Promise.all([
    readPackageJson<IconSet>(`${name}/icons.json`),
    readPackageJson<Record<string, string>>(`${name}/chars.json`),
    readPackageJson<{ categories: Record<string, string[]> }>(`${name}/metadata.json`),
  ]);
  const categoryOf = new Map<string, number>();
  for (const [category, icons] of Object.entries(metadata.categories)) {
    const index = categoryIndex(category);
    if (index >= 0) for (const icon of icons) categoryOf.set(icon, index);
  }
  const artwork = new Map<string, EmojiArtwork>();
  for (const [codePoints, icon] of Object.entries(characters)) {
    const concept = conceptKey(codePoints);
    const category = categoryOf.get(icon);
    const drawing = set.icons[icon];
    if (category === undefined || drawing === undefined || isLeftOut(concept)) continue;
    artwork.set(concept, {
      concept,
      artist,
      icon,
      category,
      caption: icon.replace(/-/g, ' '),
      svg: svgDocument(set, drawing),
    });
  }
  return [...artwork.values()];
}

/** The value that most of the items have; the earliest of those that tie. */
function mostFrequent<T>(items: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/**
 * Collects the four artists' emoji, ordered by concept and artist, without flags and skin tones. Artists name some
 * concepts differently and file ten of them elsewhere; code points tell what belongs together, and the majority
 * decides name and category.
 *
 * @param conceptLimit collects only this many concepts, evenly spread over all; default: all.
 */
export async function collectEmojiArtwork(conceptLimit?: number): Promise<EmojiArtwork[]> {
  const byConcept = new Map<string, EmojiArtwork[]>();
  for (const artist of EMOJI_ARTISTS.keys()) {
    for (const artwork of await artworkOf(artist)) {
      const drawings = byConcept.get(artwork.concept);
      if (drawings) drawings.push(artwork);
      else byConcept.set(artwork.concept, [artwork]);
    }
  }
  const concepts = [...byConcept.keys()].sort();
  const kept = evenlySpread(concepts, conceptLimit ?? concepts.length);
  return kept.flatMap((concept) => {
    const drawings = byConcept.get(concept) ?? [];
    const category = mostFrequent(drawings.map((drawing) => drawing.category));
    const caption = mostFrequent(drawings.map((drawing) => drawing.caption));
    return drawings.map((drawing) => ({ ...drawing, category, caption }));
  });
}
