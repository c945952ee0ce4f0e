import { describe, expect, it } from 'vitest';

const { withMathml }: { withMathml(page: string): string } = await import(
  new URL('../../../tools/course/mathml.mjs', import.meta.url).href
);

const markdown = (html: string) =>
  `<body><div class="cell"><div data-mime-type="text/markdown">${html}</div></div><p>$5 and $6</p></body>`;

describe('formulas of a page', () => {
  it('become MathML, in the line and on lines of their own', () => {
    const page = withMathml(
      markdown('<p>At $\\tau &lt; 1$:</p><div>$$\\log(2N - 1)$$</div><p>$x$</p>'),
    );
    expect(page.match(/<math>/g)).toHaveLength(2);
    expect(page.match(/<math display="block"/g)).toHaveLength(1);
    expect(page).toContain('<mo>&lt;</mo>');
    expect(page).not.toContain('\\tau');
  });

  it('are looked for in rendered Markdown only, and not in its code', () => {
    const code = '<pre>cost $1 or $2</pre><p><code>$a$</code> <a href="$b$">c</a></p>';
    expect(withMathml(markdown(code))).toBe(markdown(code));
  });

  it('stay as written when they cannot be read', () => {
    const broken = '<p>$\\frac{1$</p>';
    expect(withMathml(markdown(broken))).toBe(markdown(broken));
  });

  it('are found in every cell', () => {
    const twice = markdown('<p>$a$</p>').repeat(2);
    expect(withMathml(twice).match(/<math>/g)).toHaveLength(2);
  });
});
