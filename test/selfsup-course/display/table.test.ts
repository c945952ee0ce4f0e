import { SeedSummary } from 'selfsup';
import { REPORT_MIME_TYPE, table } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { printedBy } from './captured-console';
import { startFakeKernel } from './fake-kernel';

const rows = [
  { encoder: 'random, frozen', accuracy: 46.12345, epochs: 0 },
  { encoder: 'SimCLR', accuracy: 59.5, epochs: 10_000 },
];

describe('table', () => {
  it('prints aligned text outside a notebook, numbers to the right', async () => {
    expect(await printedBy(() => table(rows, { title: 'Linear probe' }))).toBe(
      [
        'Linear probe',
        'encoder         accuracy  epochs',
        '--------------  --------  ------',
        'random, frozen    46.123       0',
        'SimCLR              59.5  10,000',
      ].join('\n'),
    );
  });

  it('has a caption and headings of rows and columns in a notebook', () => {
    const [output] = [startFakeKernel()].map((outputs) => {
      table(rows, {
        title: 'Linear probe',
        columns: { encoder: 'model', accuracy: { title: 'accuracy (%)' } },
      });
      return outputs[0];
    });
    const html = output?.data['text/html'] as string;
    expect(html).toContain('<caption style="text-align: left">Linear probe</caption>');
    expect(
      html.match(/<th scope="col"[^>]*>[^<]*/g)?.map((cell) => cell.replace(/.*>/, '')),
    ).toEqual(['model', 'accuracy (%)']);
    expect(html.match(/<th scope="row"/g)).toHaveLength(2);
    expect(html).toContain('<td style="text-align: right">46.1</td>');
    expect(output?.data['text/plain']).toMatch(/^Linear probe\nmodel /);
  });

  it('writes shares and points with one decimal, and means with their deviations', async () => {
    const summaries = [
      {
        method: 'random',
        'kNN (%)': 41,
        'gain (points)': null,
        loss: new SeedSummary([1, 2], [1, 2]),
      },
      {
        method: 'SimCLR',
        'kNN (%)': new SeedSummary([1, 2], [60, 61]),
        'gain (points)': -0.04,
        loss: new SeedSummary([1], [3]),
      },
    ];
    const printed = await printedBy(() => table(summaries, { title: 'Judged' }));
    expect(printed.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['Judged'],
      ['method', 'kNN (%)', 'gain (points)', 'loss'],
      ['------', '----------', '-------------', '-----------'],
      ['random', '41.0', '–', '1.50 ± 0.71'],
      ['SimCLR', '60.5 ± 0.7', '-0.0', '3'],
    ]);
  });

  it('says what its numbers were measured on, and reports the columns that are results', async () => {
    const outputs = startFakeKernel();
    const measured = [
      { method: 'random', steps: 0, 'kNN (%)': 41.04 },
      { method: 'none', steps: 0, 'kNN (%)': null },
      { method: 'SimCLR', steps: 1400, 'kNN (%)': new SeedSummary([1, 2], [60, 61]) },
    ];
    table(measured, {
      title: 'Judged',
      split: 'test',
      n: 10_000,
      seeds: [1, 2],
      reports: ['kNN (%)'],
    });
    const texts = outputs.map(({ data }) => data['text/plain']);
    expect(texts[0]).toMatch(/^Judged \(test split, n = 10,000, seeds 1, 2\)\n/);
    expect(texts.slice(1)).toEqual([
      'kNN, random: 41.0 % (test split, n = 10,000, seeds 1, 2)',
      'kNN, SimCLR: 60.5 ± 0.7 % (test split, n = 10,000, seeds 1, 2)',
    ]);
    expect(outputs[2]?.data[REPORT_MIME_TYPE]).toMatchObject({
      name: 'kNN, SimCLR',
      value: 60.5,
      unit: '%',
      n: 10_000,
    });
  });

  it('refuses to report what it does not show, before it shows anything', () => {
    const outputs = startFakeKernel();
    const options = {
      title: 'Judged',
      columns: { encoder: 'encoder' },
      reports: ['accuracy' as const],
    };
    expect(() => table(rows, options)).toThrow(
      /is to report "accuracy", which is none of its columns \(encoder\)/,
    );
    expect(outputs).toEqual([]);
  });

  it('escapes what stands in cells, headings and title', () => {
    const outputs = startFakeKernel();
    const evil = '<img src=x onerror="alert(1)">&\'';
    table([{ [evil]: evil }], { title: evil });
    const html = outputs[0]?.data['text/html'] as string;
    expect(html).not.toContain('<img');
    expect(html.match(/&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&amp;&#39;/g)).toHaveLength(
      3,
    );
  });

  it('writes small, missing and odd values, and formats where asked', async () => {
    const odd = [{ a: 0.00001234, b: null, c: Number.NaN, d: true, e: 0.5 }];
    const printed = await printedBy(() =>
      table(odd, {
        title: 'Odd',
        columns: {
          a: {},
          b: {},
          c: {},
          d: {},
          e: { format: (value) => `${Number(value) * 100} %` },
        },
      }),
    );
    expect(printed.split('\n')[3]?.split(/ {2,}/)).toEqual(['1.23e-5', '–', 'NaN', 'true', '50 %']);
  });

  it('refuses a table of nothing', () => {
    expect(() => table([], { title: 'Empty' })).toThrow(/"Empty" was given no rows/);
  });
});
