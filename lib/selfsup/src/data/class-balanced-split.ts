import { assertCount, assertNumber } from '../runtime/checks';
import { RandomGenerator } from '../runtime/random-generator';

/** The first `count` of the positions by turns of the classes, ascending. */
function evenly(byClass: readonly (readonly number[])[], count: number): Int32Array {
  const kept: number[] = [];
  const longest = byClass.reduce((most, { length }) => Math.max(most, length), 0);
  for (let turn = 0; turn < longest && kept.length < count; turn++) {
    for (const positions of byClass) {
      const position = positions[turn];
      if (position !== undefined && kept.length < count) kept.push(position);
    }
  }
  return Int32Array.from(kept).sort();
}

/** Options of {@link classBalancedSplit}. */
export interface ClassBalancedSplitOptions {
  readonly seed: number;
  /** Share of each class that is held out, 0 to 1. */
  readonly validationFraction: number;
  /** At most this many training images, equally many of each class. */
  readonly trainLimit?: number | undefined;
  /** At most this many validation images, equally many of each class. */
  readonly validationLimit?: number | undefined;
}

/**
 * Holds the same share of every class out for validation, chosen at random by `seed`.
 *
 * @throws InvalidArgumentError when the share is not between 0 and 1, or a limit is not a whole number from 0.
 */
export function classBalancedSplit(
  labels: ArrayLike<number>,
  { seed, validationFraction, trainLimit, validationLimit }: ClassBalancedSplitOptions,
): { readonly train: Int32Array; readonly validation: Int32Array } {
  assertNumber('classBalancedSplit', 'validationFraction', validationFraction, [0, 1]);
  if (trainLimit !== undefined) assertCount('classBalancedSplit', 'trainLimit', trainLimit, 0);
  if (validationLimit !== undefined) {
    assertCount('classBalancedSplit', 'validationLimit', validationLimit, 0);
  }
  const positionsOf = new Map<number, number[]>();
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position] as number;
    const ofClass = positionsOf.get(label);
    if (ofClass) ofClass.push(position);
    else positionsOf.set(label, [position]);
  }
  const byClass = [...positionsOf].sort(([a], [b]) => a - b).map(([, positions]) => positions);
  const random = new RandomGenerator(seed);
  const train: number[][] = [];
  const validation: number[][] = [];
  for (const positions of byClass) {
    const shuffled = random.shuffle(positions);
    const heldOut = Math.round(shuffled.length * validationFraction);
    validation.push(shuffled.slice(0, heldOut));
    train.push(shuffled.slice(heldOut));
  }
  return {
    train: evenly(train, trainLimit ?? labels.length),
    validation: evenly(validation, validationLimit ?? labels.length),
  };
}
