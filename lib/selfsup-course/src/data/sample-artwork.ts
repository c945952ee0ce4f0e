import { evenlySpread } from './evenly-spread';
import { type Icon, type IconSet, svgDocument } from './icon-set';
import { readPackageJson } from './package-file';

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

/** Five squares of one colour each. */
const LEFT_OUT = 'Modifiers';

/**
 * The drawings of {@link SAMPLE_ARTIST}, flags and skin tones included, by category and name.
 *
 * @param perCategory Only so many of each category, evenly spread; default: all.
 */
export async function collectSampleArtwork(perCategory = Infinity): Promise<SampleArtwork[]> {
  const { package: name } = SAMPLE_ARTIST;
  const set = await readPackageJson<IconSet>(`${name}/icons.json`);
  const { categories } = await readPackageJson<{ categories: Record<string, string[]> }>(
    `${name}/metadata.json`,
  );
  return Object.keys(categories)
    .filter((category) => category !== LEFT_OUT)
    .sort()
    .flatMap((category) => {
      const icons = [...(categories[category] as string[])].sort();
      return evenlySpread(icons, perCategory).map((icon) => {
        const svg = svgDocument(set, set.icons[icon] as Icon);
        return { category: category.toLowerCase(), icon, svg };
      });
    });
}
