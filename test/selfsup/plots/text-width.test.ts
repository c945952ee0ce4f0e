import { lineChart } from 'selfsup';
import { describe, expect, it } from 'vitest';
import {
  measureTextsAsDrawn,
  textWidth,
  type VegaTextMetrics,
} from '../../../lib/selfsup/src/plots/text-width';

describe('the width of a text', () => {
  // fontkit 2.0.4, layout(text).advanceWidth in DejaVu Sans 2.37, at 100 pixels.
  it.each([
    ['trained encoder, seed 1', 1194.3359375],
    ['Accuracy on 1,000 pictures', 1364.111328125],
    ['fi AV To', 362.255859375],
    ['−0.5 → τ', 450.390625],
    ['WAVE Toy fi', 578.02734375],
    ['', 0],
  ])('is that of the font, with kerning and ligatures: "%s"', (text, width) => {
    expect(textWidth(text, 100)).toBeCloseTo(width, 1);
    expect(textWidth(text, 10)).toBeCloseTo(width / 10, 2);
  });

  it('counts spaces at the ends, and characters that mean something in SVG', () => {
    expect(textWidth(' a ', 100) - textWidth('a', 100)).toBeCloseTo(2 * 31.787, 1);
    // The font's advances of "<" and "&", in 2,048ths of an em.
    expect(textWidth('<&', 100)).toBeCloseTo(((1716 + 1597) / 2048) * 100, 1);
  });

  it('is larger in bold', () => {
    expect(textWidth('accuracy', 11, true)).toBeGreaterThan(textWidth('accuracy', 11) * 1.05);
  });
});

describe('texts that Vega lays out', () => {
  const estimate = (item: { fontSize?: number }, text: unknown) =>
    0.8 * String(text).length * (item.fontSize ?? 11);
  const font = 'DejaVu Sans, sans-serif';

  it('are measured in our font, cut to their limit; in another font as before', () => {
    const metrics: VegaTextMetrics = { width: estimate };
    measureTextsAsDrawn(metrics);
    measureTextsAsDrawn(metrics);
    expect(metrics.width({ font, fontSize: 100 }, ' fi AV To ')).toBeCloseTo(362.26, 1);
    expect(metrics.width({ font, fontSize: 100, limit: 200 }, 'fi AV To')).toBe(200);
    expect(metrics.width({ font }, 7)).toBeCloseTo(textWidth('7', 11));
    expect(metrics.width({ font }, null)).toBe(0);
    expect(metrics.width({ font: 'serif', fontSize: 10 }, 'ab')).toBe(16);
    expect(metrics.width({ font: 'serif', fontSize: 10, limit: 9 }, 'ab')).toBe(9);
    const weights = ['bold', 700, '600', 'normal', 400, undefined];
    const widths = weights.map((fontWeight) =>
      metrics.width({ font, ...(fontWeight && { fontWeight }) }, 'accuracy'),
    );
    const [bold, normal] = [textWidth('accuracy', 11, true), textWidth('accuracy', 11)];
    expect(widths).toEqual([bold, bold, bold, normal, normal, normal]);
  });

  it('make a chart as wide as its names are', async () => {
    const width = async (name: string) => {
      const chart = lineChart({
        title: 'Loss',
        description: 'It falls.',
        xLabel: 'epoch',
        yLabel: 'loss',
        series: [
          { name, y: [1, 2] },
          { name: 'other', y: [2, 1] },
        ],
      });
      return (await chart.png()).width;
    };
    const [short, long] = ['untrained', 'trained, 3 seeds, no head'] as const;
    const more = (await width(long)) - (await width(short));
    expect(Math.abs(more - (textWidth(long, 11) - textWidth(short, 11)))).toBeLessThanOrEqual(2);
  });
});
