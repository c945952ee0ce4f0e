import { tf } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { attemptTensor, requireFinite, requireTidy } from './attempt';
import { Finding, number, type Property } from './judge';

/** A learner's colour histogram: images `[N, H, W, 3]` to the shares of their pixels in each of `bins³` cells. */
export type LearnerColorHistogram = (images: tf.Tensor4D, bins: number) => unknown;

/** The cell of a colour: red counts bins², green bins, blue 1. */
function cellOf(pixel: readonly number[], bins: number): number {
  const [r, g, b] = pixel.map((value) => Math.min(bins - 1, Math.floor(value * bins)));
  return ((r as number) * bins + (g as number)) * bins + (b as number);
}

/** The histograms by a plain loop over pixels. */
function naiveHistograms(images: tf.Tensor4D, bins: number): number[][] {
  return images.arraySync().map((image) => {
    const pixels = image.flat();
    const counts = new Array<number>(bins ** 3).fill(0);
    for (const pixel of pixels) {
      const cell = cellOf(pixel, bins);
      counts[cell] = (counts[cell] as number) + 1 / pixels.length;
    }
    return counts;
  });
}

function histogramsOf(
  learner: LearnerColorHistogram,
  images: tf.Tensor4D,
  bins: number,
): { found: number[][]; occasion: string } {
  const occasion = `with images of shape [${images.shape.join(', ')}] and ${bins} bins`;
  const result = attemptTensor(() => learner(images, bins), occasion, [images.shape[0], bins ** 3]);
  requireFinite(result, occasion, 'Divide by the number of pixels, which is never 0.');
  const expected = `[${images.shape[0]}, ${bins ** 3}]`;
  if (`[${result.shape.join(', ')}]` !== expected) {
    throw new Finding(
      `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected ${expected}: for each image one ` +
        'number for each of bins × bins × bins cells of the colour cube.',
    );
  }
  return { found: result.arraySync() as number[][], occasion };
}

function noise(count: number): tf.Tensor4D {
  return new RandomStream([33, count]).uniform([count, 6, 5, 3]) as tf.Tensor4D;
}

/** What colour histograms must satisfy. */
export const COLOR_HISTOGRAM_PROPERTIES: readonly Property<LearnerColorHistogram>[] = [
  {
    name: 'returns bins³ numbers for each image',
    examine: (learner) => {
      histogramsOf(learner, noise(3), 4);
      histogramsOf(learner, noise(1), 2);
    },
  },
  {
    name: 'gives shares that add up to 1',
    examine: (learner) => {
      const { found, occasion } = histogramsOf(learner, noise(3), 4);
      for (const histogram of found) {
        const sum = histogram.reduce((all, share) => all + share, 0);
        if (Math.abs(sum - 1) < 1e-4) continue;
        const why =
          Math.abs(sum - 30) < 1e-2
            ? 'These are counts: divide by the number of pixels, height × width.'
            : Math.abs(sum - 90) < 1e-2 || Math.abs(sum - 3) < 1e-3
              ? 'It counts each channel by itself: a pixel is one colour, in one cell of the cube.'
              : Math.abs(sum - 1 / 3) < 1e-3
                ? 'Divided by the batch or the channels as well: each image has its own histogram.'
                : 'Each pixel must be counted once, in its image.';
        throw new Finding(
          `When called ${occasion}, an image’s numbers add up to ${number(sum)}; expected 1. ${why}`,
        );
      }
    },
  },
  {
    name: 'counts white, the brightest colour, in the last cell',
    examine: (learner) => {
      const white = tf.ones<tf.Rank.R4>([1, 6, 5, 3]);
      const { found, occasion } = histogramsOf(learner, white, 4);
      if (Math.abs((found[0]?.at(-1) ?? 0) - 1) > 1e-4) {
        const cell = found[0]?.findIndex((share) => share > 0.5) ?? -1;
        throw new Finding(
          `When called ${occasion}, all white, its last cell holds ${number(found[0]?.at(-1) ?? 0)}; expected 1. ` +
            (cell >= 0 ? `White is in cell ${cell}. ` : '') +
            'A value of 1 times bins is bins itself, one more than the last level: clip it to bins − 1.',
        );
      }
    },
  },
  {
    name: 'counts each pixel in the cell of its colour',
    examine: (learner) => {
      for (const bins of [2, 4, 8]) {
        const images = noise(3);
        const { found, occasion } = histogramsOf(learner, images, bins);
        const expected = naiveHistograms(images, bins);
        for (const [image, histogram] of found.entries()) {
          const wrong = histogram.findIndex(
            (share, cell) => Math.abs(share - (expected[image]?.[cell] as number)) > 1e-4,
          );
          if (wrong < 0) continue;
          const swapped = naiveHistograms(images.reverse(3) as tf.Tensor4D, bins)[image] ?? [];
          throw new Finding(
            `When called ${occasion}, cell ${wrong} of image ${image} holds ${number(histogram[wrong] as number)}; expected ` +
              `${number(expected[image]?.[wrong] as number)}. ` +
              (histogram.every((share, cell) => Math.abs(share - (swapped[cell] as number)) < 1e-4)
                ? 'These are the cells with red and blue exchanged: red counts bins², green bins, blue 1.'
                : image > 0
                  ? 'The first image is right: keep the images apart.'
                  : 'The cell of a pixel is (red · bins + green) · bins + blue, of levels floor(value · bins).'),
          );
        }
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const images = noise(2);
      requireTidy(() => learner(images, 4));
    },
  },
];
