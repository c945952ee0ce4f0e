import { assertCount } from '../runtime/checks';
import { InvalidArgumentError } from '../runtime/errors';

/** Arguments of {@link leakFreeTraining}. */
export interface LeakFreeTrainingOptions {
  /** Number of pictures. */
  readonly count: number;
  /** The positions of those that are tested with. */
  readonly test: ArrayLike<number>;
  /** The positions in each group of pictures that are nearly the same, as `nearDuplicates` finds them. */
  readonly groups: readonly (readonly number[])[];
}

/**
 * The pictures to train on, so that no test picture has a near duplicate among them: all but the test pictures and those in
 * one group with a test picture. Near duplicates on both sides of a split are answers given away; within the training
 * pictures they do no harm.
 *
 * @returns Positions, ascending.
 * @throws InvalidArgumentError when a position is none of `0` to `count − 1`.
 */
export function leakFreeTraining({ count, test, groups }: LeakFreeTrainingOptions): Int32Array {
  assertCount('leakFreeTraining', 'count', count);
  /** 1 for each picture that is not trained on. */
  const leftOut = new Uint8Array(count);
  const isTest = new Uint8Array(count);
  const checked = (position: number): number => {
    if (Number.isInteger(position) && position >= 0 && position < count) return position;
    throw new InvalidArgumentError(
      `leakFreeTraining: there is no picture ${position}; expected whole numbers from 0 to ${count - 1}.`,
    );
  };
  for (let i = 0; i < test.length; i++) {
    const position = checked(test[i] as number);
    isTest[position] = 1;
    leftOut[position] = 1;
  }
  for (const group of groups) {
    if (!group.some((position) => isTest[checked(position)] === 1)) continue;
    for (const position of group) leftOut[checked(position)] = 1;
  }
  return Int32Array.from([...leftOut.keys()].filter((position) => leftOut[position] === 0));
}
