import { describe, expect, it } from 'vitest';
import { withLinks } from '../../../tools/site/linked-text.mjs';

const moved = (text: string) => withLinks(text, (target) => `moved/${target}`);

describe('links of a text, changed', () => {
  it.each([
    ['[a](b.md)', '[a](moved/b.md)'],
    ['[a `c.md`](c.md#d "a title")', '[a `c.md`](moved/c.md#d "a title")'],
    ['two [a](x.md) and [x.md](x.md)', 'two [a](moved/x.md) and [x.md](moved/x.md)'],
    ['![figures/a.png](figures/a.png)', '![figures/a.png](moved/figures/a.png)'],
    ['[a][1]\n\n[1]: b.md', '[a][1]\n\n[1]: moved/b.md'],
    ['<img src="a.png" alt="a.png">', '<img src="moved/a.png" alt="a.png">'],
    ['| a |\n| --- |\n| [b](c.md) |', '| a |\n| --- |\n| [b](moved/c.md) |'],
  ])('%j becomes %j', (before, after) => {
    expect(moved(before)).toBe(after);
  });

  it.each([
    '[a](https://a.org/b.md)',
    '[a](#here)',
    'https://a.org/b.md and <https://a.org>',
    '`[a](b.md)`',
    '```\n[a](b.md)\n```',
    '$[a](b)$ is $f[x](y)$',
    '[mail](mailto:a@b.org)',
  ])('%j stays', (text) => {
    expect(moved(text)).toBe(text);
  });
});
