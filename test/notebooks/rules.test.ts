import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

interface Finding {
  readonly notebook: string;
  readonly cell?: number;
  readonly line?: number;
  readonly what: string;
  readonly fix: string;
}
interface NotebookContent {
  nbformat: number;
  metadata: Record<string, unknown>;
  cells: CellContent[];
}
interface CellContent {
  cell_type: 'markdown' | 'code';
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  execution_count?: number | null;
  outputs?: unknown[];
}

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const tools = (name: string) => new URL(`../../tools/notebooks/${name}`, import.meta.url).href;
const { checkNotebooks }: { checkNotebooks(notebooks: unknown[], options: object): Finding[] } =
  await import(tools('check.mjs'));
const {
  Notebook,
}: { Notebook: new (path: string, content: NotebookContent, size?: number) => unknown } =
  await import(tools('notebook.mjs'));

/** A course's way out: the folders of these notebooks exist only in memory. */
const CONTENTS = '../../../../notebooks/README.md';

const OPENING = `# A good notebook

You will be able to check it. **Prerequisites:** none. **Time:** quick 5 s, standard 1 min, full 2 min.

[← Contents](${CONTENTS})`;
const CLOSING = `## What we saw\n\nAll is well.\n\n[Contents →](${CONTENTS})`;

function markdown(source: string): CellContent {
  return { cell_type: 'markdown', id: '', metadata: {}, source };
}

function code(source: string, more: Partial<CellContent> = {}): CellContent {
  return { cell_type: 'code', id: '', metadata: {}, source, outputs: [], ...more };
}

/** A notebook with nothing to fix around the cells given. */
function notebook(cells: CellContent[], opening = OPENING, closing = CLOSING): NotebookContent {
  const all = [markdown(opening), ...cells, markdown(closing)];
  let count = 0;
  return {
    nbformat: 4,
    metadata: { kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' } },
    cells: all.map((cell, index) => ({
      ...cell,
      id: `cell-${index}`,
      ...(cell.cell_type === 'code' && { execution_count: cell.execution_count ?? ++count }),
    })),
  };
}

/** A notebook that says which run its outputs are of. */
function withRun(run: { profile: string; data: string }): NotebookContent {
  const content = notebook([code('console.log(1);')]);
  return { ...content, metadata: { ...content.metadata, selfsup: { run } } };
}

const PICTURE = {
  output_type: 'display_data',
  data: { 'image/png': 'iVBORw0KGgo=', 'text/plain': 'Losses. Both fall.' },
  metadata: {},
};
const stdout = (text: string) => ({ output_type: 'stream', name: 'stdout', text });
const CHART = (title: string, description: string) =>
  `import { lineChart } from 'selfsup';
import { show } from 'selfsup-course';
await show(
  lineChart({
    title: ${title},
    description: ${description},
    xLabel: 'step',
    yLabel: 'loss',
    series: [{ name: 'loss', y: [2, 1] }],
  }),
);`;
const GOOD_DESCRIPTION = "'The loss over two steps; it falls from 2 to 1.'";

/** Each bad notebook breaks one rule: what must be said of it, and of which cell. */
const BAD: Record<string, { content: NotebookContent; cell?: number; says: RegExp }> = {
  'a word that was replaced': {
    content: notebook([markdown('This `mend` is code.'), markdown('The paper mends it.')]),
    cell: 3,
    says: /"mends" is no plain English/,
  },
  'a type error': {
    content: notebook([
      code('const one = 1;'),
      code("const a = 1;\nconst size: number = 'large';"),
    ]),
    cell: 3,
    says: /Type 'string' is not assignable to type 'number'/,
  },
  'a value that may be undefined': {
    content: notebook([
      code('const found = [1, 2].find((value) => value > 1);\nconsole.log(found.toFixed());'),
    ]),
    cell: 2,
    says: /possibly 'undefined'/,
  },
  'a syntax error': {
    content: notebook([code('const = 3;')]),
    cell: 2,
    says: /expected/,
  },
  'a name of a later cell': {
    content: notebook([code('console.log(later);'), code('const later = 1;')]),
    cell: 2,
    says: /before its declaration/,
  },
  'a function that uses a name of a later cell': {
    content: notebook([
      code('const twice = () => 2 * later;'),
      code('const later = 1;\nconsole.log(twice());'),
    ]),
    cell: 2,
    says: /"later" is declared in a later cell/,
  },
  'a shorthand property that names something of a later cell': {
    content: notebook([
      code('const build = () => ({ later });'),
      code('const later = 1;\nconsole.log(build());'),
    ]),
    cell: 2,
    says: /"later" is declared in a later cell/,
  },
  'a name that a later cell declares by var, in a block': {
    content: notebook([
      code('const twice = () => 2 * later;'),
      code('if (Date.now() > 0) {\n  var later = 1;\n}\nconsole.log(twice());'),
    ]),
    cell: 2,
    says: /"later" is declared in a later cell/,
  },
  'a name that a later cell declares by var, in a loop': {
    content: notebook([
      code('const reached = () => step;'),
      code('for (var step = 0; step < 3; step++) console.log(reached());'),
    ]),
    cell: 2,
    says: /"step" is declared in a later cell/,
  },
  'a reassigned let that an earlier function names by a shorthand property': {
    content: notebook([
      code('let rate = 1;\nconst options = () => ({ rate });'),
      code('rate = 2;\nconsole.log(options());'),
    ]),
    cell: 3,
    says: /"rate" is reassigned/,
  },
  'a cell of 21 lines': {
    content: notebook([
      code(Array.from({ length: 21 }, (_, i) => `const a${i} = ${i};`).join('\n')),
    ]),
    cell: 2,
    says: /21 lines/,
  },
  'a kNN accuracy by a gallery of its own': {
    content: notebook([
      code(
        "import { frozenKnn, tutorialEncoder } from 'selfsup';\nimport { loadImageData } from 'selfsup-course';\n" +
          'const data = await loadImageData({ seed: 1 });',
      ),
      code(
        'const encoder = tutorialEncoder({ seed: 1 });\n' +
          'const found = await frozenKnn(encoder, { gallery: data.train, queries: data.validation });\nconsole.log(found.n);',
      ),
    ]),
    cell: 3,
    says: /frozenKnn judges by another gallery/,
  },
  'nine lines of imports, over two cells': {
    content: notebook([
      code(
        Array.from({ length: 8 }, (_, i) => `import { sep as s${i} } from 'node:path';`).join('\n'),
      ),
      code("import { EOL } from 'node:os';\nconsole.log(EOL);"),
    ]),
    cell: 3,
    says: /the imports take 9 lines/,
  },
  'nine lines of imports, some by require and import()': {
    content: notebook([
      code(
        [
          ...Array.from({ length: 6 }, (_, i) => `import { sep as s${i} } from 'node:path';`),
          "const { EOL } = require('node:os');",
          "const files = await import('node:fs');",
          "const join = require('node:path').join as (...parts: string[]) => string;",
          'console.log(EOL, files, join);',
        ].join('\n'),
      ),
    ]),
    cell: 2,
    says: /the imports take 9 lines/,
  },
  'a shorthand property of an earlier variable': {
    content: notebook([code('const epochs = 3;'), code('const options = { epochs };')]),
    cell: 3,
    says: /shorthand property "epochs"/,
  },
  'a shorthand property of an earlier import': {
    content: notebook([
      code("import { tf } from 'selfsup';"),
      code('const build = () => ({ tf });'),
    ]),
    cell: 3,
    says: /shorthand property "tf"/,
  },
  'a destructured property of an earlier cell under a new name': {
    content: notebook([
      code('const ways = [{ steps: 3 }];'),
      code('for (const { steps: own } of ways) console.log(own);'),
    ]),
    cell: 3,
    says: /property "steps" is declared in an earlier cell/,
  },
  'a reassigned let that an earlier function reads': {
    content: notebook([
      code('let rate = 1;\nconst halved = () => rate / 2;'),
      code('rate = 2;\nconsole.log(halved());'),
    ]),
    cell: 3,
    says: /"rate" is reassigned/,
  },
  'an incremented let that an earlier function reads': {
    content: notebook([
      code('let count = 0;\nfunction report(): number {\n  return count;\n}'),
      code('count++;\nconsole.log(report());'),
    ]),
    cell: 3,
    says: /"count" is reassigned/,
  },
  'an export': {
    content: notebook([code('export const one = 1;')]),
    cell: 2,
    says: /exports a name/,
  },
  'a promise nobody awaits': {
    content: notebook([code('async function train(): Promise<void> {}\ntrain();')]),
    cell: 2,
    says: /nothing awaits "train/,
  },
  'unseeded randomness': {
    content: notebook([code('console.log(Math.random());')]),
    cell: 2,
    says: /Math\.random/,
  },
  'an import by path': {
    content: notebook([
      code("const { tf } = require('../../../../lib/selfsup');\nconsole.log(tf);"),
    ]),
    cell: 2,
    says: /imported by its path/,
  },
  'an import from within a package': {
    content: notebook([
      code("import { show } from 'selfsup-course/dist/display';\nconsole.log(show);"),
    ]),
    cell: 2,
    says: /reaches into a package/,
  },
  'an engine of its own': {
    content: notebook([code("import * as tf from '@tensorflow/tfjs-node';\nconsole.log(tf);")]),
    cell: 2,
    says: /another engine/,
  },
  'a figure without a title': {
    content: notebook([code(CHART("''", GOOD_DESCRIPTION), { outputs: [PICTURE] })]),
    cell: 2,
    says: /without a title/,
  },
  'a figure whose description says nothing': {
    content: notebook([code(CHART("'Losses'", "'A chart.'"), { outputs: [PICTURE] })]),
    cell: 2,
    says: /description of lineChart does not say/,
  },
  'a picture shown past the figures': {
    content: notebook([
      code("import * as tslab from 'tslab';\ntslab.display.png(new Uint8Array([1, 2]));"),
    ]),
    cell: 2,
    says: /without a text alternative/,
  },
  'a picture shown as raw data': {
    content: notebook([
      code("import { display } from 'tslab';\ndisplay.raw('image/png', new Uint8Array([1, 2]));"),
    ]),
    cell: 2,
    says: /without a text alternative/,
  },
  'an accuracy of unknown origin': {
    content: notebook([
      code(
        "import { report } from 'selfsup-course';\nreport('kNN accuracy', 53.6, { unit: '%', seed: 1 });",
      ),
    ]),
    cell: 2,
    says: /does not say its split, n/,
  },
  'a table that reports accuracies of unknown origin': {
    content: notebook([
      code(
        "import { table } from 'selfsup-course';\n" +
          "table([{ method: 'a', 'kNN (%)': 53.6 }], { title: 'Judged', seed: 1, reports: ['kNN (%)'] });",
      ),
    ]),
    cell: 2,
    says: /does not say its split, n/,
  },
  'more display than code to study': {
    content: notebook([
      code(Array.from({ length: 18 }, (_, i) => `const a${i} = ${i};`).join('\n')),
      code(Array.from({ length: 18 }, (_, i) => `const b${i} = ${i};`).join('\n')),
      code(
        `// Not a line of code.\n${Array.from({ length: 13 }, (_, i) => `const c${i} = ${i};`).join('\n')}`,
      ),
      code('console.log(\n  a1,\n  b1,\n  c1,\n);\nconsole.log(a2);'),
    ]),
    says: /6 of 55 lines of code show, tabulate or report something, 10\.9 %/,
  },
  "a learner's function that is checked and not used": {
    content: notebook([
      code("import { check } from 'selfsup-course';"),
      code('const mine = (step: number, total: number) => step / total;'),
      code('check.learningRateSchedule(mine, { peak: 1, warmupSteps: 1, totalSteps: 2 });'),
    ]),
    cell: 4,
    says: /"mine" is checked, and nothing else uses it/,
  },
  'no title': {
    content: notebook([code('console.log(1);')], OPENING.replace('# A good', '## A good')),
    cell: 1,
    says: /does not open with its title/,
  },
  'two titles': {
    content: notebook([markdown('# Another'), code('console.log(1);')]),
    cell: 2,
    says: /second title/,
  },
  'no prerequisites': {
    content: notebook([code('console.log(1);')], OPENING.replace('Prerequisites', 'Before')),
    cell: 1,
    says: /prerequisites/,
  },
  'no aim': {
    content: notebook([code('console.log(1);')], OPENING.replace('You will be able to', 'We')),
    cell: 1,
    says: /what the reader will be able to do/,
  },
  'no times': {
    content: notebook([code('console.log(1);')], OPENING.replace(/quick 5 s, /, '')),
    cell: 1,
    says: /how long each profile takes/,
  },
  'no way back': {
    content: notebook([code('console.log(1);')], OPENING.replace(/\[←.*\)/, '')),
    cell: 1,
    says: /no link to the previous page, README\.md/,
  },
  'no way on': {
    content: notebook([code('console.log(1);')], OPENING, '## What we saw\n\nMuch.'),
    cell: 3,
    says: /closing cell has no link to the next page/,
  },
  'a link that cannot be read': {
    content: notebook([markdown('See [half](50%-done.md).')]),
    cell: 2,
    says: /"50%-done\.md" holds a % that encodes nothing/,
  },
  'a link to nothing': {
    content: notebook([markdown('See [the encoder](02-encoder.ipynb).')]),
    cell: 2,
    says: /"02-encoder\.ipynb" leads nowhere/,
  },
  'a link to a heading that is not there': {
    content: notebook([markdown('See [below](#What-we-will-see).')]),
    cell: 2,
    says: /names a heading that is not there/,
  },
  'a link without https': {
    content: notebook([markdown('See [a page](http://example.org/).')]),
    cell: 2,
    says: /no https address/,
  },
  'a picture in the text without words': {
    content: notebook([markdown(`![](${CONTENTS})`)]),
    cell: 2,
    says: /has no text alternative/,
  },
  'another kernel': {
    content: { ...notebook([code('console.log(1);')]), metadata: { kernelspec: { name: 'deno' } } },
    says: /its kernel is "deno"/,
  },
  'errors allowed': {
    content: (() => {
      const content = notebook([code('console.log(1);')]);
      content.metadata.allow_errors = true;
      return content;
    })(),
    says: /allows errors/,
  },
  'a cell meant to fail': {
    content: notebook([code('console.log(1);', { metadata: { tags: ['raises-exception'] } })]),
    cell: 2,
    says: /raises-exception/,
  },
  'times of a run': {
    content: notebook([code('console.log(1);', { metadata: { execution: { started: '12:00' } } })]),
    cell: 2,
    says: /times of a run/,
  },
  'cells of one id': {
    content: (() => {
      const content = notebook([code('console.log(1);')]);
      for (const cell of content.cells) cell.id = 'same';
      return content;
    })(),
    cell: 2,
    says: /no id of its own/,
  },
  'no outputs': {
    content: (() => {
      const content = notebook([code('console.log(1);')]);
      for (const cell of content.cells) cell.execution_count = null;
      return content;
    })(),
    says: /carries no outputs/,
  },
  'outputs of the quick profile': {
    content: withRun({ profile: 'quick', data: 'cifar10' }),
    says: /of the quick profile, data cifar10; those of the standard profile on CIFAR-10/,
  },
  'outputs of the data that come with the course': {
    content: withRun({ profile: 'standard', data: 'emoji' }),
    says: /of the standard profile, data emoji; those of the standard profile on CIFAR-10/,
  },
  'outputs of no whole run': {
    content: notebook([code('console.log(1);', { execution_count: 7 })]),
    cell: 2,
    says: /executed as number 7/,
  },
  'a figure without its picture': {
    content: notebook([code(CHART("'Losses'", GOOD_DESCRIPTION))]),
    cell: 2,
    says: /no picture of it is there/,
  },
  'a picture in the outputs without words': {
    content: notebook([
      code('console.log(1);', { outputs: [{ ...PICTURE, data: { 'image/png': 'iVBORw0KGgo=' } }] }),
    ]),
    cell: 2,
    says: /picture has no text alternative/,
  },
  'a number of this run that its outputs do not have': {
    content: notebook([
      code('console.log(62.3);', { outputs: [stdout('62.3')] }),
      markdown('**In this run** it is 61.3.'),
    ]),
    cell: 3,
    says: /says 61\.3/,
  },
  'an error among the outputs': {
    content: notebook([
      code('console.log(1);', { outputs: [{ output_type: 'error', ename: 'Error' }] }),
    ]),
    cell: 2,
    says: /output is an error/,
  },
  "tslab's error among the outputs": {
    content: notebook([
      code('console.log(1);', {
        outputs: [{ output_type: 'stream', name: 'stderr', text: "1:7 - Type 'string' is …" }],
      }),
    ]),
    cell: 2,
    says: /output is an error/,
  },
  'a path of this machine': {
    content: notebook([code('console.log(1);', { outputs: [stdout(`read ${root}/data/x.bin`)] })]),
    cell: 2,
    says: /of the machine it was made on/,
  },
  'the value of the last line': {
    content: notebook([
      code('console.log(1);', {
        outputs: [
          {
            output_type: 'execute_result',
            execution_count: 1,
            metadata: {},
            data: { 'text/plain': '{ refCountAfterDispose: 0 }' },
          },
        ],
      }),
    ]),
    cell: 2,
    says: /the value of its last line: \{ refCountAfterDispose: 0 \}/,
  },
  'a path of another machine': {
    content: notebook([
      code('console.log(1);', { outputs: [stdout('cached in /home/ada/.cache/selfsup')] }),
    ]),
    cell: 2,
    says: /"\/home\/ada\/\.cache\/selfsup"/,
  },
  'a file of many megabytes': {
    content: notebook([code('console.log(1);')]),
    says: /it has 12\.0 MB/,
  },
};

const GOOD: Record<string, NotebookContent> = {
  "a learner's function that is used once its check has passed": notebook([
    code("import { check, ifPassed } from 'selfsup-course';"),
    code('const mine = (step: number, total: number) => step / total;'),
    code('check.learningRateSchedule(mine, { peak: 1, warmupSteps: 1, totalSteps: 2 });'),
    code('const schedule = ifPassed(mine);\nconsole.log(schedule(0, 1));'),
  ]),
  'a whole notebook': notebook([
    code(
      "import { tf } from 'selfsup';\nimport { report } from 'selfsup-course';\nconst epochs = 3;\nlet seed = 1;",
    ),
    markdown('A formula, $a[i](b)$, and `[code](nowhere)`; see [below](#What-we-saw).'),
    code('const options = { epochs: epochs, tf: tf };\nseed += 1;\nconsole.log(options, seed);'),
    code(CHART("'Losses'", GOOD_DESCRIPTION), { outputs: [PICTURE] }),
    code(
      "const origin = { split: 'test', n: 10, seed: 1 } as const;\nreport('kNN accuracy', 53.6, origin);",
    ),
    code('await Promise.resolve();\nconst own = 1;\nconsole.log({ own });', {
      outputs: [stdout('data/ 3/4 http://www.w3.org/2000/svg')],
    }),
  ]),
  'a text that quotes Markdown': notebook([
    markdown(
      'Write ``[a `name`](nowhere)`` or:\n\n````md\n```\n# A title\n```\n# Another\n[a](nowhere)\n````',
    ),
    code('console.log(1);'),
  ]),
};

const pathOf = (name: string) =>
  `${root}/test/notebooks/virtual/${name.replace(/\W+/g, '-')}/01.ipynb`;
let findings: Finding[];

beforeAll(() => {
  const notebooks = [
    ...Object.entries(GOOD),
    ...Object.entries(BAD).map(([name, { content }]) => [name, content] as const),
  ].map(
    ([name, content]) => new Notebook(pathOf(name), content, name.includes('megabytes') ? 12e6 : 1),
  );
  // One check of all: the types of the library are read once.
  findings = checkNotebooks(notebooks, { root });
});

const of = (name: string) => findings.filter(({ notebook: path }) => path === pathOf(name));

describe('notebook rules', () => {
  it.each(Object.keys(GOOD))('find nothing in %s', (name) => {
    expect(of(name)).toEqual([]);
  });

  it.each(Object.entries(BAD))('find %s', (name, { cell, says }) => {
    const found = of(name).filter(({ what }) => says.test(what));
    expect(found, JSON.stringify(of(name), null, 1)).not.toEqual([]);
    const [first] = found;
    expect(first?.cell).toBe(cell);
    expect(first?.fix).toMatch(/\w/);
  });

  it('names the line within the cell', () => {
    const [error] = of('a type error');
    expect(error).toMatchObject({ cell: 3, line: 2 });
  });

  it('says nothing else of a notebook that breaks one rule', () => {
    const alone = ['a shorthand property of an earlier variable', 'an accuracy of unknown origin'];
    for (const name of alone) expect(of(name)).toHaveLength(1);
  });

  const folder = `${root}/test/notebooks/virtual/neighbours`;
  const linked = (previous: string, next: string) =>
    notebook(
      [code('console.log(1);')],
      OPENING.replace(CONTENTS, `${previous}) [next →](${next}`),
      `## End\n\n[← previous](${previous}) [next →](${next})`,
    );

  it('wants each notebook to lead to its neighbours', () => {
    const first = new Notebook(`${folder}/01-a.ipynb`, linked(CONTENTS, '03-b.ipynb'));
    const second = new Notebook(`${folder}/03-b.ipynb`, linked('01-a.ipynb', '07-c.ipynb'));
    const third = new Notebook(`${folder}/07-c.ipynb`, linked('03-b.ipynb', CONTENTS));
    const astray = new Notebook(`${folder}/07-c.ipynb`, linked('01-a.ipynb', CONTENTS));
    expect(checkNotebooks([first, second, third], { root })).toEqual([]);
    const said = checkNotebooks([first, second, astray], { root }).map(({ what }) => what);
    expect(said).toEqual([
      'the opening cell has no link to the previous page, 03-b.ipynb',
      'the opening cell calls 01-a.ipynb previous or next, which it is not',
      'the closing cell has no link to the previous page, 03-b.ipynb',
      'the closing cell calls 01-a.ipynb previous or next, which it is not',
    ]);
  });

  it('wants the last lesson and the first exercise to lead to each other', () => {
    const lesson = (next: string) => new Notebook(`${folder}/01-a.ipynb`, linked(CONTENTS, next));
    const exercise = (previous: string) =>
      new Notebook(`${folder}/exercises/1-b.ipynb`, linked(previous, `../${CONTENTS}`));
    const said = (...pages: unknown[]) =>
      checkNotebooks(pages, { root })
        .map(({ what }) => what)
        .filter((what) => what.includes('page'));
    expect(said(lesson('exercises/1-b.ipynb'), exercise('../01-a.ipynb'))).toEqual([]);
    expect(said(lesson(CONTENTS), exercise(`../${CONTENTS}`))).toEqual([
      'the opening cell has no link to the next page, exercises/1-b.ipynb',
      'the closing cell has no link to the next page, exercises/1-b.ipynb',
      'the opening cell has no link to the previous page, ../01-a.ipynb',
      'the closing cell has no link to the previous page, ../01-a.ipynb',
    ]);
  });

  it('lets outputs be missing while a notebook is being written', () => {
    const content = notebook([code('console.log(1);')]);
    for (const cell of content.cells) cell.execution_count = null;
    const draft = new Notebook(pathOf('a draft'), content);
    expect(checkNotebooks([draft], { root, requireOutputs: false })).toEqual([]);
    const tried = new Notebook(pathOf('tried'), withRun({ profile: 'quick', data: 'emoji' }));
    const [finding, ...others] = checkNotebooks([tried], { root, requireOutputs: false });
    expect(finding?.what).toMatch(/of the quick profile, data emoji/);
    expect(others).toEqual([]);
  });
});
