import { describe, expect, it } from 'vitest';
import { citedNumbers, numbersNotOf } from '../../tools/notebooks/cited-numbers.mjs';
import { Notebook } from '../../tools/notebooks/notebook.mjs';

const PRINTED = `Training: 1,400 steps · in 1 min 43 s · 14.7 steps/s · loss 1.842
features        kNN  linear probe
random       41.0 %        50.3 %
SimCLR       60.0 %        62.3 %  0.4
kNN, random: 41.0 % (test split, n = 10,000, seed 1)
kNN, SimCLR: 59.96 ± 0.32 % (test split, n = 10,000)
kNN, twice: 41.0 % (validation split, n = 500, seed 1)
kNN, twice: 42.5 % (test split, n = 500, seed 1)
lost, Emoji: -0.8 ± 1.4 points (validation split, n = 525)
`;
const CHART = { layer: [{ data: { values: [{ x: 6, y: 0.4312 }, { y: -0.26 }] } }] };

function notebookWith(text: string): Notebook {
  const code = {
    cell_type: 'code',
    source: 'const rate = 4e-3; const temperature = 0.05;',
    outputs: [
      { output_type: 'stream', name: 'stdout', text: PRINTED },
      { output_type: 'display_data', data: { 'application/vnd.vegalite.v5+json': CHART } },
    ],
  };
  const cells = [code, { cell_type: 'markdown', source: text }];
  return new Notebook('a.ipynb', { cells, metadata: {}, nbformat: 4 });
}

const staleIn = (text: string): string[] =>
  citedNumbers(notebookWith(text)).map(({ what }) => what);

describe('numbers in the text of the committed run', () => {
  it.each([
    ['a number that was printed', '**In this run** SimCLR has 62.3 %.'],
    ['one that was rounded', '**In this run** it has 60 %.'],
    [
      'one with its report',
      '**In this run** it has 60.0 % (`kNN, SimCLR`), or 60.0 ± 0.3 % (kNN, SimCLR).',
    ],
    ['its report, and the value again', '**In this run** it has 41.0 % (`kNN, random`: 41.0).'],
    ['that of one of two splits', '**In this run** it has 41.0 % (`kNN, twice`).'],
    ['a negative one', '**In this run** it loses −0.8 ± 1.4 points.'],
    ['a deviation of the next column', '**In this run** it has 62.3 ± 0.4 %.'],
    ['a difference', '**In this run** 62.3 against 50.3 %, 12.0 points more.'],
    ['a value of the chart above', '**In this run** it falls from 0.43 to −0.26.'],
    ['a constant of the code', '**In this run** τ is 0.05.'],
    [
      'whole numbers and identifiers',
      '**In this run** 17 of 40 (arXiv:2005.10242, [07](a.ipynb)) `99.9`.',
    ],
    ['a number of no run', 'Others report 99.9 %.'],
  ])('may be %s', (_, text) => {
    expect(staleIn(text)).toEqual([]);
  });

  it.each([
    [
      'of no output',
      '**In this run** SimCLR has 61.3 %.',
      /says 61\.3, and the run printed no such/,
    ],
    ['whole, but a share', '**In this run** it has 61 %.', /says 61,/],
    [
      'of another report',
      '**In this run** it has 62.3 % (`kNN, random`).',
      /62\.3 \(kNN, random\), and the run reports 41\.0/,
    ],
    ['with another deviation', '**In this run** it has 60.0 ± 0.5 %.', /60\.0 ± 0\.5/],
    [
      'with another deviation of its report',
      '**In this run** it has 60.0 ± 0.5 % (kNN, SimCLR).',
      /reports 59\.96 ± 0\.32/,
    ],
    ['that is no difference', '**In this run** 62.3 against 50.3 %, 13.0 points more.', /13\.0/],
    ['of a progress bar', '**In this run** it takes 14.7 steps in a second.', /14\.7/],
    ['in the list behind', '**In this run**\n\n- the probe has 61.3 %', /61\.3/],
    ['in a list', '- **In this run** the probe has 61.3 %', /61\.3/],
  ])('must not be one %s', (_, text, says) => {
    const [found, ...others] = staleIn(text);
    expect(found).toMatch(says);
    expect(others).toEqual([]);
  });
});

describe('numbers in a text about a notebook', () => {
  const notebook = notebookWith('Others report 99.9 %.');

  it.each([
    ['was printed', 'SimCLR has 62.3 % and the kNN of 59.96 ± 0.32 %.'],
    ['was rounded', 'It has 62 %.'],
    ['is its report’s', 'It has 41.0 % (kNN, random).'],
    ['is a difference', 'It has 62.3 against 50.3 %, 12.0 points more.'],
    ['stands in the code', 'τ is 0.05.'],
    ['stands in the notebook’s text', 'Others reach 99.9 %.'],
    ['stands in a table', '| a | b |\n| - | - |\n| 62.3 % | 50.3 % |'],
    ['is part of a link', 'See [99.8 %](a.ipynb#99.7-%).'],
  ])('may be one that %s', (_, text) => {
    expect(numbersNotOf(text, notebook)).toEqual([]);
  });

  it.each([
    ['is nowhere', 'It has 61.3 %.', /says 61\.3,/],
    ['is a share and nowhere', 'It has 61 %.', /says 61,/],
    ['is nearly what was printed', 'It has 40.9 %.', /says 40\.9,/],
    ['is another report’s', 'It has 62.3 % (kNN, random).', /the run reports 41\.0/],
    ['only a chart draws', 'It falls to 0.4312.', /says 0\.4312,/],
    ['differs in another paragraph', 'It has 62.3 %.\n\nThat is 12.0 points more.', /says 12\.0,/],
    ['stands in a list', '1. **It is.** It has 61.3 %.', /says 61\.3,/],
  ])('must not be one that %s', (_, text, says) => {
    const [found, ...others] = numbersNotOf(text, notebook);
    expect(found).toMatch(says);
    expect(others).toEqual([]);
  });
});
