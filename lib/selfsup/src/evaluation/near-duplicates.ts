import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';
import { assertFinite } from './labelled-features';
import { PreciseCosines } from './precise-cosines';

/** Options of {@link nearDuplicates}. */
export interface NearDuplicatesOptions {
  /**
   * Cosine from which two rows count as one and the same. Default 0.995.
   *
   * No value is right for every encoder, so look at a few groups before you delete anything. Lesson 11 measured this on 1,882
   * drawings, 57 of them files that were saved again, smaller and compressed. Of the pairs within groups, so many shared a motif:
   *
   * | cosine from | pixels less mid-grey | features (SimCLR, CIFAR-10) | saved again, found |
   * | ----------- | -------------------- | --------------------------- | ------------------ |
   * | 0.999       | 83.3 %               | 76.2 %                      | 16 and 21 of 57    |
   * | 0.995       | 95.7 %               | 61.5 %                      | all by either      |
   * | 0.99        | 73.9 %               | 31.3 %                      | all by either      |
   * | 0.98        | 15.4 %               | 16.0 %                      | all by either      |
   *
   * 0.995 was the highest that found all, by either. A lower one joins strangers; where strangers are joined, try pixels.
   */
  readonly threshold?: number;
  /** Rows compared at a time; memory grows with it times the number of rows. Default 512. */
  readonly batchSize?: number;
}

/**
 * Groups of rows that are nearly the same: two rows are in one group when their cosine reaches the threshold, or when a chain of
 * such pairs joins them. Of each group, all but one can be left out before a data set is split, so that no picture is in
 * two splits.
 *
 * @param features `[n, d]`, float32, of any length.
 * @returns The positions in each group of two or more, ascending; the groups by their first position.
 * @throws InvalidArgumentError when a number is not finite, the threshold is not above 0 and at most 1, or `batchSize` is not a
 *   whole number from 1.
 */
export async function nearDuplicates(
  features: tf.Tensor2D,
  { threshold = 0.995, batchSize = 512 }: NearDuplicatesOptions = {},
): Promise<number[][]> {
  assertCount('nearDuplicates', 'batchSize', batchSize);
  assertFinite('nearDuplicates', 'features', features);
  if (!(threshold > 0 && threshold <= 1)) {
    throw new InvalidArgumentError(
      `nearDuplicates: threshold is ${threshold}; expected a cosine above 0 and at most 1, such as 0.995.`,
    );
  }
  const count = features.shape[0];
  const groups = new DisjointSets(count);
  const cosines = new PreciseCosines(features, features);
  try {
    for (let start = 0; start < count; start += batchSize) {
      const rows = Math.min(batchSize, count - start);
      const offsets = Float32Array.from({ length: rows }, (_, row) => cosines.offset(start + row));
      const pairs = tf.tidy(() => {
        const reached = cosines
          .relative(start, rows)
          .greaterEqual(tf.sub(threshold - ROUNDING, tf.tensor2d(offsets, [rows, 1])));
        // Each pair once: a row with those after it.
        const row = tf.range(start, start + rows, 1, 'int32').expandDims(1);
        return reached.logicalAnd(tf.range(0, count, 1, 'int32').greater(row));
      });
      const positions = await tf.whereAsync(pairs);
      const found = await positions.data();
      tf.dispose([pairs, positions]);
      for (let i = 0; i < found.length; i += 2) {
        groups.join(start + (found[i] as number), found[i + 1] as number);
      }
      await new Promise(setImmediate);
    }
  } finally {
    cosines.dispose();
  }
  return groups.ofTwoOrMore();
}

/** Equal rows have a cosine of 1 but for float32's rounding. */
const ROUNDING = 1e-6;

/** Sets that are joined two at a time, with union and find. */
class DisjointSets {
  /** The next element on the way to each set's first one, which leads to itself. */
  readonly #next: Int32Array;

  constructor(size: number) {
    this.#next = Int32Array.from({ length: size }, (_, i) => i);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#firstOf(a), this.#firstOf(b)];
    this.#next[Math.max(first, second)] = Math.min(first, second);
  }

  ofTwoOrMore(): number[][] {
    const sets = new Map<number, number[]>();
    for (let i = 0; i < this.#next.length; i++) {
      const first = this.#firstOf(i);
      const set = sets.get(first);
      if (set === undefined) sets.set(first, [i]);
      else set.push(i);
    }
    return [...sets.values()].filter(({ length }) => length > 1);
  }

  #firstOf(element: number): number {
    let at = element;
    while (this.#next[at] !== at) {
      // Each look halves the way of the next one.
      const after = this.#next[this.#next[at] as number] as number;
      this.#next[at] = after;
      at = after;
    }
    return at;
  }
}
