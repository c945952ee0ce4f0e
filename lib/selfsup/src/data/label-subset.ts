import { InvalidArgumentError } from '../runtime/errors';
import { RandomGenerator } from '../runtime/random-generator';
import type { ImageDataSet } from './image-data-set';

/** How many labels are kept: give `fraction` or `perClass`. */
export interface LabelSubsetOptions {
  /** Share of each class, above 0 and at most 1: round(fraction · images of the class), at least one. */
  readonly fraction?: number;
  /** Images of each class, a whole number from 1; all of a class that has fewer. */
  readonly perClass?: number;
  /** Chooses the images. Default 0. */
  readonly seed?: number;
}

/**
 * Positions of a subset in which every class keeps the same share, or the same number, of its images: the few images
 * whose labels one pretends to have. Each class is shuffled by the seed and its first images are taken, so for one seed
 * the subsets are nested (1 % ⊂ 5 % ⊂ 10 %), and what more labels bring is not mixed with which labels they are.
 *
 * @param labels Class of each image, whole numbers from 0.
 * @returns Positions in ascending order.
 * @throws InvalidArgumentError when not exactly one of `fraction` and `perClass` is given, it is out of range, a label
 *   is not a whole number from 0, or there are no labels.
 */
export function labelSubsetIndices(
  labels: ArrayLike<number>,
  { fraction, perClass, seed = 0 }: LabelSubsetOptions,
): Int32Array {
  assertAmount(fraction, perClass);
  if (!Number.isInteger(seed)) {
    throw new InvalidArgumentError(`labelSubset: seed is ${seed}; expected a whole number.`);
  }
  if (labels.length === 0) {
    throw new InvalidArgumentError('labelSubset: there are no labels; expected at least one.');
  }
  const positionsOf = new Map<number, number[]>();
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position] as number;
    if (!Number.isInteger(label) || label < 0) {
      throw new InvalidArgumentError(
        `labelSubset: label ${position} is ${label}; expected a whole number from 0 on.`,
      );
    }
    const ofClass = positionsOf.get(label);
    if (ofClass) ofClass.push(position);
    else positionsOf.set(label, [position]);
  }
  const chosen: number[] = [];
  for (const [label, positions] of positionsOf) {
    // A generator for each class: the choice within one class does not depend on how many others there are.
    new RandomGenerator(seed, label).shuffle(positions);
    const count = perClass ?? Math.max(1, Math.round((fraction as number) * positions.length));
    for (const position of positions.slice(0, count)) chosen.push(position);
  }
  return Int32Array.from(chosen).sort();
}

/**
 * The part of a data set whose labels one pretends to have; see {@link labelSubsetIndices}.
 *
 * @throws InvalidArgumentError as {@link labelSubsetIndices}.
 * @example
 * const few = labelSubset(data.train, { fraction: 0.01, seed: 1 });
 */
export function labelSubset(dataSet: ImageDataSet, options: LabelSubsetOptions): ImageDataSet {
  return dataSet.subset(labelSubsetIndices(dataSet.labels, options));
}

function assertAmount(fraction: number | undefined, perClass: number | undefined): void {
  if ((fraction === undefined) === (perClass === undefined)) {
    throw new InvalidArgumentError(
      `labelSubset: fraction is ${fraction} and perClass is ${perClass}; expected exactly one of the two.`,
    );
  }
  if (fraction !== undefined && !(fraction > 0 && fraction <= 1)) {
    throw new InvalidArgumentError(
      `labelSubset: fraction is ${fraction}; expected a share above 0 and at most 1, such as 0.01 for one percent.`,
    );
  }
  if (perClass !== undefined && !(Number.isInteger(perClass) && perClass >= 1)) {
    throw new InvalidArgumentError(
      `labelSubset: perClass is ${perClass}; expected a whole number from 1, such as 10.`,
    );
  }
}
