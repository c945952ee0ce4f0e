import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FIGURES = join(__dirname, '../../notebooks/figures');
const figures = readdirSync(FIGURES).filter((file) => file.endsWith('.svg'));

/** The values that an attribute has in a figure's elements of a name. */
const attributes = (text: string, element: string, name: string) =>
  [...text.matchAll(new RegExp(`<${element}\\b[^>]*? ${name}="([^"]*)"`, 'g'))].map(
    ([, value = '']) => value,
  );

describe.each(figures)('the diagram %s', (file) => {
  const text = readFileSync(join(FIGURES, file), 'utf8');

  it('gives every arrow its tip', () => {
    const arrows = (text.match(/<path\b[^>]*>/g) ?? []).filter((path) => path.includes('marker-'));
    const ofSeveralLines = arrows.filter((path) => / d="[^"]*M[^"]*M/.test(path));
    // A marker at the end stands at the end of the whole path, not of each of its lines.
    expect(ofSeveralLines, 'one path for each arrow').toEqual([]);
    const markers = attributes(text, 'marker', 'id');
    const asked = [...text.matchAll(/marker-end(?:="|: *)url\(#([^)]+)\)/g)].map(([, id]) => id);
    for (const id of asked) expect(markers).toContain(id);
  });

  it('colours its tips as its lines, in the dark as well', () => {
    const [light = '', dark = ''] = text.split('prefers-color-scheme: dark');
    for (const marker of text.match(/<marker\b.*?<\/marker>/gs) ?? []) {
      const [colour = ''] = attributes(marker, 'path', 'class');
      expect(colour, marker).not.toBe('');
      for (const style of [light, dark]) expect(style).toMatch(new RegExp(`\\.${colour}\\b[^{]*{`));
    }
  });

  it('has a title and says in words what it shows', () => {
    const [names = ''] = attributes(text, 'svg', 'aria-labelledby');
    expect(text).toMatch(/<title id="title">[^<]{5,}<\/title>/);
    const description = /<desc id="(.+?)">[^<]{80,}<\/desc>/.exec(text)?.[1];
    expect(names.split(' ')).toEqual(['title', description]);
  });
});
