import { describe, expect, it } from 'vitest';

const { anchorOf, hasElement, headings, links, pictures } = (await import(
  new URL('../../tools/notebooks/markdown.mjs', import.meta.url).href
)) as typeof import('../../tools/notebooks/markdown.mjs');

const targets = (source: string) => links(source).map(({ target }) => target);

describe('links of a text', () => {
  it.each<[string, string, string[]]>([
    [
      'in the line',
      'See [one](a.ipynb) and [two](b.ipynb#end "Title").',
      ['a.ipynb', 'b.ipynb#end'],
    ],
    ['by reference', '[one][1]\n\n[1]: a.ipynb', ['a.ipynb']],
    [
      'as addresses',
      '<https://a.org/b> and https://c.org/d.',
      ['https://a.org/b', 'https://c.org/d'],
    ],
    ['in HTML, in either quotes', `<a href="a.md">a</a> <a href='b.md'>b</a>`, ['a.md', 'b.md']],
    ['around a picture', '[![A curve.](a.png)](b.ipynb)', ['b.ipynb']],
    ['with brackets two deep in their text', '[a [b [c] d] e](f.ipynb)', ['f.ipynb']],
    ['with parentheses and spaces', '[a](b(c).md) [d](<e f.md>)', ['b(c).md', 'e f.md']],
    ['not in code of two backticks', '``a ` b [c](d.md)``', []],
    ['not in code over two lines', '`a\n[b](c.md)`', []],
    ['not in a block within a longer fence', '````md\n```\n[a](b.md)\n```\n[c](d.md)\n````', []],
    ['not in an indented fence', '- item\n\n  ```\n  [a](b.md)\n  ```', []],
    ['not in indented code', 'Text\n\n    [a](b.md)', []],
    ['not in formulas', '$[a](b)$ and\n\n$$\n[c](d)\n$$', []],
    ['not where brackets are escaped', '\\[a](b.md)', []],
    ['not in comments', '<!-- <a href="a.md">a</a> [b](c.md) -->', []],
    ['after prices in a table', '| $1 | [a](b.md) | $2 |\n| - | - | - |', ['b.md']],
    ['after a formula that ends within a line', '$$\nx\ny$$\n\n[a](b.md)', ['b.md']],
  ])('are found %s', (_, source, expected) => {
    expect(targets(source)).toEqual(expected);
  });

  it('are labelled by their text and what leads to it', () => {
    expect(links('Next: [the *end*](a.md), or [back](b.md)').map(({ label }) => label)).toEqual([
      'Next: the end',
      ', or back',
    ]);
  });
});

describe('headings of a text', () => {
  it.each<[string, string, ReturnType<typeof headings>]>([
    [
      'marked',
      '## One ##\n\n### Two',
      [
        { level: 2, text: 'One' },
        { level: 3, text: 'Two' },
      ],
    ],
    [
      'underlined',
      'One\n===\n\nTwo\n---',
      [
        { level: 1, text: 'One' },
        { level: 2, text: 'Two' },
      ],
    ],
    ['with their code', '## The `encoder` *alone*', [{ level: 2, text: 'The encoder alone' }]],
    ['with names in_small_letters', '# my_data', [{ level: 1, text: 'my_data' }]],
    ['not in a fence that nothing closes', '```sh\n# a comment', []],
    ['not in a fence that holds a shorter one', '````\n```\n# one\n```\n# two\n````', []],
    ['not in a fence closed by another mark', '```\n~~~\n# one\n```', []],
  ])('are found %s', (_, source, expected) => {
    expect(headings(source)).toEqual(expected);
  });

  it('have anchors', () => {
    expect(headings('## The  `encoder` of my_data').map(({ text }) => anchorOf(text))).toEqual([
      'the-encoder-of-my_data',
    ]);
  });
});

describe('pictures of a text', () => {
  it.each<[string, string, ReturnType<typeof pictures>]>([
    ['in the line', '![A [b] c.](a.png)', [{ alt: 'A [b] c.', target: 'a.png' }]],
    ['by reference', '![][1]\n\n[1]: a.png', [{ alt: '', target: 'a.png' }]],
    ['in HTML', `<img src='a.png' alt='A curve.'>`, [{ alt: 'A curve.', target: 'a.png' }]],
    ['not in code', '`![](a.png)` and\n\n```\n<img src="b.png">\n```', []],
  ])('are found %s', (_, source, expected) => {
    expect(pictures(source)).toEqual(expected);
  });

  it('are no links', () => {
    expect(targets('![A.](a.png) ![B.][1]\n\n[1]: b.png')).toEqual([]);
  });
});

describe('an HTML element', () => {
  it('is found unless it is code', () => {
    expect(
      hasElement('## Task\n\n<details open><summary>Hint</summary>Add.</details>', 'details'),
    ).toBe(true);
    expect(hasElement('Unfold it with `<details>`.', 'details')).toBe(false);
  });
});
