import { describe, expect, it } from 'vitest';
import { finishedPage } from '../../../tools/site/finished-page.mjs';
import { stagedNotebook } from '../../../tools/site/staged-notebook.mjs';

const VEGA = 'application/vnd.vegalite.v5+json';
const PNG = Buffer.from('a picture').toString('base64');

const text = (source: string) => ({ cell_type: 'markdown', source, metadata: {} });
const code = (source: string, outputs: object[] = []) => ({
  cell_type: 'code',
  source,
  outputs,
  metadata: {},
  execution_count: 1,
});
const figure = (spec: object) => ({
  output_type: 'display_data',
  data: { [VEGA]: spec, 'image/png': PNG, 'text/plain': 'text' },
  metadata: { 'image/png': { width: 400, height: 300, alt: 'Loss "falls"' } },
});

interface StagedCell {
  cell_type: string;
  source: string;
  metadata: { tags?: string[] };
  outputs: { text?: string; data?: Record<string, string> }[];
}

function stage(cells: object[], solution?: object[]) {
  const page = stagedNotebook({
    path: 'notebooks/exercises/1-a.ipynb',
    content: { cells, metadata: {} },
    ...(solution && { solution: { cells: solution, metadata: {} } }),
    services: [],
    place: (from: string, target: string) => `${from} > ${target}`,
  });
  return { files: page.files, cells: (page.notebook as { cells: StagedCell[] }).cells };
}

describe('a notebook as Sphinx gets it', () => {
  it('shows a chart as a picture in a file, with the specification beside it where it can be moved', () => {
    const { cells, files } = stage([
      text('# A'),
      code('a', [figure({ mark: 'image' }), figure({ params: [{ name: 'zoom' }] })]),
    ]);
    const [still, live] = cells[1]?.outputs.map(({ data }) => data?.['text/html']) ?? [];
    expect(still).toContain(
      '<img src="../../charts/notebooks/exercises/1-a/1-0.png" alt="Loss &#34;falls&#34;" width="400" height="300" loading="lazy"',
    );
    expect(still).not.toContain('data-chart');
    expect(live).toContain('data-source="../../charts/notebooks/exercises/1-a/1-1.js"');
    expect([...files.keys()]).toEqual(
      ['1-0.png', '1-1.png', '1-1.js'].map((name) => `charts/notebooks/exercises/1-a/${name}`),
    );
    expect(String(files.get('charts/notebooks/exercises/1-a/1-0.png'))).toBe('a picture');
    expect(files.get('charts/notebooks/exercises/1-a/1-1.js')).toBe(
      'selfsupChart("charts/notebooks/exercises/1-a/1-1", {"params":[{"name":"zoom"}]});\n',
    );
  });

  it('shows HTML in place of JSON, and text where there is no other', () => {
    const { cells } = stage([
      text('# A'),
      code('a', [
        {
          output_type: 'display_data',
          data: { 'application/json': { a: 1 }, 'text/html': '<b>1</b>', 'text/plain': '1' },
        },
        { output_type: 'display_data', data: { 'application/json': {}, 'text/plain': '2' } },
        { output_type: 'stream', name: 'stdout', text: '3' },
      ]),
    ]);
    const [html, plain, stream] = cells[1]?.outputs ?? [];
    expect(html?.data).toEqual({ 'text/html': '<b>1</b>' });
    expect(plain?.data).toEqual({ 'text/plain': '2' });
    expect(stream?.text).toBe('3');
  });

  it('folds the solution under an open task, and an answer in words under its question', () => {
    const exercise = [
      text('# E'),
      code('f = () => notAttempted();'),
      text('Why? [a](../a.ipynb)'),
      text('See [a](../a.ipynb)'),
      text('end'),
    ];
    const solution = [
      text('# S'),
      code('f = () => 42;'),
      text('Because. [a](../../a.ipynb)'),
      text('See [a](../../a.ipynb)'),
      text('end of it'),
    ];
    const { cells } = stage(exercise, solution);
    expect(cells).toHaveLength(7);
    expect(cells[2]).toMatchObject({ source: 'f = () => 42;', metadata: { tags: ['hide-input'] } });
    expect(cells[4]?.source).toBe(
      '<details class="answer"><summary>Show the answer</summary>\n\nBecause. ' +
        '[a](notebooks/exercises/solutions/1-a.ipynb > ../../a.ipynb)\n\n</details>',
    );
    expect(() => stage(exercise, solution.slice(0, 3))).toThrow(/5 cells has a solution of 3/);
  });
});

describe('a page of the site, finished', () => {
  it('has its formulas drawn, for eyes and for screen readers', () => {
    const html = finishedPage('<p><span class="tex tex-inline">a &lt; \\tau</span></p>', 'a.html');
    expect(html).toContain('katex-html');
    expect(html).toContain('<mi>τ</mi>');
    expect(html).toContain('<mo>&lt;</mo>');
  });

  it('says which formula cannot be drawn', () => {
    expect(() => finishedPage('<div class="tex tex-display">\\frac{1}</div>', 'a.html')).toThrow(
      /A formula of a\.html cannot be drawn .*\\frac\{1\}/,
    );
  });

  it.each([
    ['P&#64;k', 'P@k'],
    ['\\text{a \\&amp;lt; b}', '\\text{a \\&lt; b}'],
    ['a &#x2264; b', 'a ≤ b'],
    ['\\text{&eacute;}', '\\text{é}'],
  ])('reads a formula whose characters are written as references: %s', (written, meant) => {
    const html = finishedPage(`<span class="tex tex-inline">${written}</span>`, 'a.html');
    const source = /<annotation encoding="application\/x-tex">(.*?)<\/annotation>/.exec(html)?.[1];
    expect(source).toBe(meant.replaceAll('&', '&amp;'));
  });

  it('has an anchor once, and keeps those that stand for no section', () => {
    const section = '<section id="loss"><h3>loss()</h3></section>';
    expect(finishedPage(`<p><a id="loss"></a></p>${section}<a id="tau"></a>`, 'a.html')).toBe(
      `<p></p>${section}<a id="tau"></a>`,
    );
  });

  it('loads its pictures lazily', () => {
    expect(finishedPage('<img src="a.png"><img loading="eager" src="b.png">', '')).toBe(
      '<img loading="lazy" decoding="async" src="a.png"><img loading="eager" src="b.png">',
    );
  });

  it('has the corner of a table as a cell without a scope', () => {
    expect(
      finishedPage('<th class="a" scope="col" style="b"></th><th scope="row">c</th>', ''),
    ).toBe('<td class="a" style="b"></td><th scope="row">c</th>');
  });

  it('loads the index of the search on the page of finds alone, and no script of icons', () => {
    const index = '<script src="../searchindex.js"></script>';
    const others = `<script defer src="_static/scripts/fontawesome.js?digest=1"></script>
      <script src="../_static/searchtools.js"></script> <script src="../_static/language_data.js"></script>`;
    expect(finishedPage(`${others}${index}<p>a</p>`, 'a.html')).toBe('<p>a</p>');
    expect(finishedPage(index, 'search.html')).toBe(index);
  });
});
