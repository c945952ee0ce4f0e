import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { slideNotebook } from '../../../tools/slides/slide-notebook.mjs';

interface Cell {
  cell_type: string;
  source: string;
  metadata: { slideshow: { slide_type: string } };
  outputs?: { data: Record<string, unknown> }[];
}

const markdown = (source: string) => ({ cell_type: 'markdown', metadata: {}, source });
const code = (source: string, outputs: object[] = []) => ({
  cell_type: 'code',
  execution_count: 1,
  metadata: {},
  source,
  outputs,
});
const figure = {
  output_type: 'display_data',
  metadata: {},
  data: { 'image/png': 'AAAA', 'application/vnd.vegalite.v5+json': {}, 'text/plain': 'Loss' },
};

/** The slides of some cells, each as the sources and outputs on it. */
function slidesOf(...cells: object[]): Cell[][] {
  const made = slideNotebook({ cells } as never) as unknown as { cells: Cell[] };
  const slides: Cell[][] = [];
  for (const cell of made.cells) {
    if (cell.metadata.slideshow.slide_type === 'slide') slides.push([]);
    slides.at(-1)?.push(cell);
  }
  return slides;
}
const textsOf = (slides: Cell[][]) => slides.map((slide) => slide.map(({ source }) => source));

describe('slideNotebook', () => {
  it('begins with the title, and puts the section above what stands in it', () => {
    const slides = slidesOf(markdown('# Loss\n\nWhat it is.\n\n## Why\n\nBecause.'));
    expect(textsOf(slides)).toEqual([
      ['# Loss'],
      ['### Loss', 'What it is.'],
      ['### Why', 'Because.'],
    ]);
  });

  it('gives a long text several slides, a list item by item', () => {
    const paragraph = 'One idea in a sentence of some length, which takes a line. '.repeat(8);
    const items = Array.from({ length: 12 }, (_, i) => `- item ${i}: ${'word '.repeat(20)}`);
    const slides = slidesOf(
      markdown(`## A\n\n${paragraph}\n\n${paragraph}\n\n${items.join('\n')}`),
    );
    expect(slides.length).toBeGreaterThan(3);
    const said = textsOf(slides)
      .map(([, text]) => text)
      .join('\n');
    expect(said.match(/item \d+/g)).toHaveLength(12);
    for (const [title] of textsOf(slides)) expect(title).toBe('### A');
  });

  it('shows each figure alone, as a picture, and short code without what only prints', () => {
    const slides = slidesOf(
      markdown('## A'),
      code('const loss = tf.sub(1, accuracy);'),
      code('await show(lineChart({}));', [figure, figure]),
      code('report("loss", 1);'),
      code(Array.from({ length: 30 }, (_, i) => `const a${i} = ${i};`).join('\n')),
    );
    expect(textsOf(slides)).toEqual([
      ['### A', 'const loss = tf.sub(1, accuracy);'],
      ['### A', ''],
      ['### A', ''],
    ]);
    expect(slides[1]?.[1]?.outputs?.[0]?.data).toEqual({
      'image/png': 'AAAA',
      'text/plain': 'Loss',
    });
  });

  it('leaves to readers what is folded, how long it takes and where to go next', () => {
    const slides = slidesOf(
      markdown('# A\n\n**Time**: 3 min.\n\n[← 02](02.ipynb) · [Contents](README.md)'),
      markdown('<details><summary>Hint</summary>\n\nsecret\n\n</details>'),
    );
    expect(textsOf(slides).flat().join()).not.toMatch(/Time|Contents|Hint/);
  });

  it('makes a slide of each section of a lesson, and no more than 80 in all', () => {
    const folder = join(__dirname, '../../../notebooks');
    for (const file of readdirSync(folder).filter((name) => /^\d\d-.*\.ipynb$/.test(name))) {
      const { cells } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const sections = (cells as { cell_type: string; source: string | string[] }[])
        .filter(({ cell_type }) => cell_type === 'markdown')
        .flatMap(
          ({ source }) =>
            [source]
              .flat()
              .join('')
              .match(/^## .+$/gm) ?? [],
        );
      expect(sections.length, file).toBeGreaterThan(0);
      const slides = slidesOf(...cells);
      expect(slides.length, file).toBeGreaterThanOrEqual(sections.length);
      expect(slides.length, file).toBeLessThanOrEqual(80);
    }
  });
});
