import { tf } from 'selfsup';
import { check, type LearnerColorHistogram, notAttempted, type Verdict } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { verdictOfCheck } from './verdict-of-check';

const verdictOf = (learner: LearnerColorHistogram): Verdict =>
  verdictOfCheck(() => check.colorHistogram(learner));

/** Histograms by one-hot cells, with parts that can be exchanged. */
const histogram =
  ({
    top = (level: tf.Tensor, bins: number) => level.clipByValue(0, bins - 1),
    strides = (bins: number) => [bins * bins, bins, 1],
    reduce = (cells: tf.Tensor) => cells.mean(1),
  } = {}): LearnerColorHistogram =>
  (images, bins) =>
    tf.tidy(() => {
      const [count, height, width] = images.shape;
      const level = top(images.mul(bins).floor(), bins);
      const cell = level.mul(tf.tensor1d(strides(bins))).sum(3);
      return reduce(tf.oneHot(cell.reshape([count, height * width]).toInt(), bins ** 3).toFloat());
    });

describe('check.colorHistogram', () => {
  it('passes one-hot cells, averaged', () => {
    const { status, message } = verdictOf(histogram());
    expect({ status, message }).toMatchObject({ status: 'passed' });
  });

  it.each<[string, LearnerColorHistogram, string, RegExp]>([
    [
      'counts pixels',
      histogram({ reduce: (cells) => cells.sum(1) }),
      'gives shares that add up to 1',
      /These are counts/,
    ],
    [
      'loses white',
      histogram({ top: (level) => level.mul(1) }),
      'counts white, the brightest colour, in the last cell',
      /clip it to bins − 1/,
    ],
    [
      'exchanges red and blue',
      histogram({ strides: (bins) => [1, bins, bins * bins] }),
      'counts each pixel in the cell of its colour',
      /red and blue exchanged/,
    ],
    [
      'mixes the images',
      histogram({
        reduce: (cells) =>
          cells
            .mean([0, 1])
            .expandDims(0)
            .tile([cells.shape[0] as number, 1]),
      }),
      'counts each pixel in the cell of its colour',
      /expected/,
    ],
    [
      'makes three histograms of one channel',
      (images, bins) =>
        tf.tidy(() => {
          const level = images
            .mul(bins)
            .floor()
            .clipByValue(0, bins - 1)
            .toInt();
          return tf
            .oneHot(level, bins)
            .toFloat()
            .mean([1, 2])
            .reshape([images.shape[0], 3 * bins]);
        }),
      'returns bins³ numbers for each image',
      /bins × bins × bins cells/,
    ],
  ])('rejects one that %s', (_, learner, fails, message) => {
    const verdict = verdictOf(learner);
    expect(verdict).toMatchObject({ status: 'failed', fails });
    expect(verdict.message).toMatch(message);
  });

  it('says that it waits for an attempt', () => {
    expect(verdictOf(() => notAttempted()).status).toBe('not attempted');
  });
});
