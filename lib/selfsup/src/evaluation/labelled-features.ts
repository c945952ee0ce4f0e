import { InvalidArgumentError } from '../runtime/errors';
import type * as tf from '../runtime/tensorflow';

/**
 * Checks that features are a matrix with rows, and that there is one whole number at or above 0 for each row.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertLabelledFeatures(
  caller: string,
  name: string,
  features: tf.Tensor,
  labels: ArrayLike<number>,
): void {
  if (features.rank !== 2 || features.shape[0] === 0) {
    throw new InvalidArgumentError(
      `${caller}: the ${name} features are [${features.shape.join(', ')}]; expected [n, d] with n above 0, ` +
        'as extractFeatures returns them.',
    );
  }
  if (features.shape[0] !== labels.length) {
    throw new InvalidArgumentError(
      `${caller}: ${features.shape[0]} ${name} features but ${labels.length} ${name} labels; expected as many of both. ` +
        'Take features and labels from the same data set.',
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0) {
      throw new InvalidArgumentError(
        `${caller}: ${name} label ${i} is ${label}; expected a whole number from 0 on.`,
      );
    }
  }
}

/**
 * Checks that two feature matrices have equally long rows.
 *
 * @throws InvalidArgumentError otherwise.
 */
export function assertSameWidth(caller: string, a: tf.Tensor, b: tf.Tensor): void {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[1] !== b.shape[1]) {
    throw new InvalidArgumentError(
      `${caller}: features of shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}]; ` +
        'expected two matrices with equally long rows. Extract both with the same model.',
    );
  }
}

/** One more than the largest label. */
export function numberOfClasses(...labels: ArrayLike<number>[]): number {
  let largest = -1;
  for (const each of labels) {
    for (let i = 0; i < each.length; i++) largest = Math.max(largest, each[i] as number);
  }
  return largest + 1;
}
