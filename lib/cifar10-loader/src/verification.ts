import { channelMeans } from './channel-means';
import { CIFAR10_LABEL_NAMES } from './cifar10-archive';
import { DamagedDataError } from './errors';
import type { Cifar10 } from './load-cifar10';

/** Means of red, green and blue over the training images, as generally published. */
const TRAIN_MEANS = [0.4914, 0.4822, 0.4465] as const;

/**
 * Holds loaded images against what is known of the full data set: the number of images, equal classes and, for the
 * training images, the channel means.
 *
 * @internal
 * @returns what was found, as one line for the reader.
 * @throws DamagedDataError when something differs.
 */
export function verifyCifar10({ split, size, pixels, labels, source }: Cifar10): string {
  const expectedSize = split === 'train' ? 50_000 : 10_000;
  const perClass = expectedSize / CIFAR10_LABEL_NAMES.length;
  const counts = CIFAR10_LABEL_NAMES.map((_, k) => labels.filter((label) => label === k).length);
  const means = channelMeans(pixels);
  const wrongMeans = TRAIN_MEANS.some((mean, c) => Math.abs(mean - (means[c] as number)) > 5e-5);
  const shown = means.map((mean) => mean.toFixed(4)).join(' ');
  const fault =
    size !== expectedSize
      ? `it has ${size} images, expected ${expectedSize}`
      : counts.some((count) => count !== perClass)
        ? `its classes have ${counts.join(', ')} images, expected ${perClass} each`
        : split === 'train' && wrongMeans
          ? `its channel means are ${shown}, expected ${TRAIN_MEANS.join(' ')}`
          : null;
  if (fault !== null) {
    throw new DamagedDataError(
      `The ${split} split is not CIFAR-10's: ${fault}. Get the data set again. (${source})`,
      source,
    );
  }
  return `${split}: ${size} images, ${perClass} of each class, channel means ${shown}`;
}
