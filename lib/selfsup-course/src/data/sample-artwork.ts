import { readFile } from 'node:fs/promises';

/** Who drew the sample pictures. */
export const SAMPLE_ARTIST = {
  name: 'EmojiOne 2',
  package: '@iconify-json/emojione',
  licence: 'CC BY 4.0',
} as const;

/** A drawing that becomes a picture file. */
export interface SampleArtwork {
  /** The folder it goes to: its category in the package. */
  readonly category: string;
  /** Its name in the package, such as `waving-hand-dark-skin-tone`. */
  readonly icon: string;
  /** A complete SVG document. */
  readonly svg: string;
}

interface IconSet {
  readonly icons: Readonly<Record<string, { body: string; width?: number; height?: number }>>;
  readonly width?: number;
  readonly height?: number;
}

/** Five squares of one colour each. */
const LEFT_OUT = 'Modifiers';

/**
 * The drawings of {@link SAMPLE_ARTIST}, flags and skin tones included, by category and name.
 *
 * @param perCategory Only so many of each category, evenly spread; default: all.
 */
export async function collectSampleArtwork(perCategory = Infinity): Promise<SampleArtwork[]> {
  // Not `require`, which would keep the icons in its cache.
  const json = async <T>(file: string) =>
    JSON.parse(await readFile(require.resolve(`${SAMPLE_ARTIST.package}/${file}`), 'utf8')) as T;
  const set = await json<IconSet>('icons.json');
  const { categories } = await json<{ categories: Record<string, string[]> }>('metadata.json');
  return Object.keys(categories)
    .filter((category) => category !== LEFT_OUT)
    .sort()
    .flatMap((category) => {
      const icons = [...(categories[category] as string[])].sort();
      const count = Math.min(perCategory, icons.length);
      return Array.from({ length: count }, (_, i) => {
        const icon = icons[Math.floor((i * icons.length) / count)] as string;
        return { category: category.toLowerCase(), icon, svg: documentOf(set, icon) };
      });
    });
}

function documentOf(set: IconSet, icon: string): string {
  const {
    body,
    width = set.width,
    height = set.height,
  } = set.icons[icon] as IconSet['icons'][string];
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}</svg>`
  );
}
