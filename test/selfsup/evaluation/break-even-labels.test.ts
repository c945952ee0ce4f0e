import { breakEvenLabels, InvalidArgumentError } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('breakEvenLabels', () => {
  it('is half-way over a logarithmic axis when gain and loss are equal', () => {
    const labels = [100, 10_000];
    const curves = { labels, pretrained: [0.5, 0.6], fromScratch: [0.4, 0.7] };
    expect(breakEvenLabels(curves)).toBeCloseTo(1000, 6);
  });

  it('divides the logarithms as the gains lie, wherever the curves are', () => {
    // Ahead by 3 at 10, behind by 1 at 1000: three quarters of two decades.
    const shifted = (offset: number) => ({
      labels: [10, 1000],
      pretrained: [3 + offset, offset],
      fromScratch: [offset, 1 + offset],
    });
    expect(breakEvenLabels(shifted(0))).toBeCloseTo(10 ** 2.5, 6);
    expect(breakEvenLabels(shifted(40))).toBeCloseTo(10 ** 2.5, 6);
  });

  it('finds the crossing of two straight lines over the logarithm', () => {
    const labels = [1, 3, 20, 150, 900, 7000];
    const pretrained = labels.map((n) => 0.5 + 0.02 * Math.log(n));
    const fromScratch = labels.map((n) => 0.3 + 0.06 * Math.log(n));
    // 0.2 = 0.04 · ln n.
    expect(breakEvenLabels({ labels, pretrained, fromScratch })).toBeCloseTo(Math.exp(5), 6);
  });

  it('is Infinity where pre-training stays ahead, and 0 where it never is', () => {
    const labels = [10, 100];
    expect(breakEvenLabels({ labels, pretrained: [2, 3], fromScratch: [1, 2] })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(breakEvenLabels({ labels, pretrained: [1, 9], fromScratch: [2, 2] })).toBe(0);
    expect(breakEvenLabels({ labels, pretrained: [2, 9], fromScratch: [2, 2] })).toBe(0);
  });

  it('is the measured point where the curves meet there, and the first of several', () => {
    const labels = [10, 100, 1000];
    expect(breakEvenLabels({ labels, pretrained: [2, 3, 5], fromScratch: [1, 3, 4] })).toBeCloseTo(
      100,
      9,
    );
    expect(breakEvenLabels({ labels, pretrained: [2, 3, 5], fromScratch: [1, 4, 4] })).toBeCloseTo(
      10 ** 1.5,
      9,
    );
  });

  it.each([
    ['no point', { labels: [], pretrained: [], fromScratch: [] }, /at least one/],
    ['other lengths', { labels: [1, 2], pretrained: [1], fromScratch: [1, 2] }, /as many of each/],
    ['a NaN', { labels: [1], pretrained: [Number.NaN], fromScratch: [1] }, /is NaN/],
    ['no order', { labels: [2, 1], pretrained: [1, 2], fromScratch: [1, 2] }, /\[2, 1\].*Sort/],
    ['a zero', { labels: [0, 1], pretrained: [1, 2], fromScratch: [1, 2] }, /above 0/],
  ])('refuses %s', (_, curves, message) => {
    expect(() => breakEvenLabels(curves)).toThrow(InvalidArgumentError);
    expect(() => breakEvenLabels(curves)).toThrow(message);
  });
});
