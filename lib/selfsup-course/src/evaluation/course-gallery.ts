import type { ImageDataSet } from 'selfsup';
import { evenlySpread } from '../data/evenly-spread';
import { byProfile } from '../profile';

/**
 * The labelled images by which the course judges frozen features, in every notebook the same: among them kNN looks for
 * neighbours, and on them a linear probe is fitted. In the standard profile 10,000 training images, evenly spread over all;
 * fewer in quick, all in full. Accuracies of two notebooks compare only because of it: the same features reach more with a
 * larger gallery.
 *
 * @param train All training images of the data set.
 */
export function courseGallery<D extends ImageDataSet>(train: D): ReturnType<D['subset']> {
  const count = byProfile({ quick: 2000, standard: 10_000, full: train.size });
  const positions = evenlySpread(
    Array.from({ length: train.size }, (_, index) => index),
    count,
  );
  return train.subset(positions) as ReturnType<D['subset']>;
}
