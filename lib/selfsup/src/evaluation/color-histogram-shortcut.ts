import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/** Options of {@link colorHistogramShortcut}. */
export interface ColorHistogramShortcutOptions {
  /** Number of bins of each channel; the histogram has `bins³` cells. Default 8. */
  readonly bins?: number;
  /** Makes the histograms. Default {@link colorHistograms}. */
  readonly histograms?: typeof colorHistograms;
}

/** Similarities this close count as equal: the sums behind them are rounded. */
const TIE = 1e-6;

/**
 * How often colour alone gives a positive pair away: the share of images of the first view whose partner in the
 * second view is, among all N images of that view, the one with the most similar colour histogram. Where it is
 * high, an encoder can solve the contrastive task without looking at any shape. Chance is `1/N`.
 *
 * A histogram `h` counts the pixels of an image in `bins³` cells of the RGB cube; where they are is lost. Two are
 * compared by the Bhattacharyya coefficient `Σ_k √(h_k g_k)`, which is 1 for equal ones. Of several equally
 * similar images one is taken to be guessed.
 *
 * @param view1 `[N, H, W, 3]`, float32 in [0, 1].
 * @param view2 `[N, H', W', 3]`; row `i` is the positive of row `i` of `view1`.
 * @returns A share in [0, 1].
 * @throws InvalidArgumentError when the views are not RGB batches of one size, or `bins` is not a whole number of
 * 2 to 32.
 */
export function colorHistogramShortcut(
  view1: tf.Tensor4D,
  view2: tf.Tensor4D,
  { bins = 8, histograms = colorHistograms }: ColorHistogramShortcutOptions = {},
): number {
  if (!Number.isInteger(bins) || bins < 2 || bins > 32) {
    throw new InvalidArgumentError(
      `colorHistogramShortcut got bins: ${bins}; expected a whole number of 2 to 32.`,
    );
  }
  const shapes = [view1.shape, view2.shape] as number[][];
  if (shapes.some((shape) => shape.length !== 4 || shape[3] !== 3 || shape[0] !== shapes[0]?.[0])) {
    throw new InvalidArgumentError(
      `colorHistogramShortcut got views of shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')}; ` +
        'expected two batches [N, H, W, 3] of the same N images.',
    );
  }
  const share = tf.tidy(() => {
    const [roots1, roots2] = [view1, view2].map((view) => histograms(view, bins).sqrt());
    const similarity = tf.matMul(roots1 as tf.Tensor2D, roots2 as tf.Tensor2D, false, true);
    const best = similarity.max(1, true).sub(TIE);
    const nearest = similarity.greaterEqual(best).toFloat();
    const partners = nearest.mul(tf.eye(view1.shape[0]));
    return partners.sum(1).div(nearest.sum(1)).mean();
  });
  const [value = Number.NaN] = share.dataSync();
  share.dispose();
  return value;
}

/**
 * The colour histograms of images: the share of an image's pixels in each of `bins³` cells of the RGB cube. The cell of a pixel
 * with levels r, g, b, from 0 to `bins − 1`, is `(r · bins + g) · bins + b`.
 *
 * @param images `[N, H, W, 3]`, float32 in [0, 1].
 * @returns `[N, bins³]`; the caller disposes it.
 */
export function colorHistograms(images: tf.Tensor4D, bins: number): tf.Tensor2D {
  return tf.tidy(() => {
    const [count, height, width] = images.shape;
    const pixels = height * width;
    const cells = bins ** 3;
    const level = images
      .mul(bins)
      .floor()
      .clipByValue(0, bins - 1)
      .reshape([count * pixels, 3]);
    // All histograms are counted in one go: image i uses the cells from i · bins³ on. The numbers stay below 2^24.
    const cell = level.matMul(tf.tensor2d([[bins * bins], [bins], [1]])).reshape([count, pixels]);
    const index = cell
      .toInt()
      .add(tf.range(0, count, 1, 'int32').mul(tf.scalar(cells, 'int32')).reshape([count, 1]));
    const counts = tf.bincount(
      index.toInt().reshape([count * pixels]) as tf.Tensor1D,
      [],
      count * cells,
    );
    return counts.toFloat().div(pixels).reshape([count, cells]);
  });
}
