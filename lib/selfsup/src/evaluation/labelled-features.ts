import { InvalidArgumentError } from '../runtime/errors';
import * as tf from '../runtime/tensorflow';

/**
 * Checks that features are finite float32 numbers: a comparison with NaN is false, which can look like a perfect score.
 *
 * @param name What they are, in the plural: `train features`.
 * @throws InvalidArgumentError otherwise.
 */
export function assertFinite(caller: string, name: string, features: tf.Tensor): void {
  if (features.dtype !== 'float32') {
    throw new InvalidArgumentError(
      `${caller}: the ${name} are ${features.dtype}; expected float32. Convert them: features.toFloat().`,
    );
  }
  if (tf.tidy(() => tf.isFinite(features).all().dataSync()[0]) === 1) return;
  throw new InvalidArgumentError(
    `${caller}: some ${name} are NaN or infinite; expected finite numbers. Look at what made them: a loss that becomes ` +
      'NaN leaves such weights behind.',
  );
}

/**
 * Checks that features are a matrix of finite numbers with rows, and that there is one whole number at or above 0 for each
 * row.
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
  assertFinite(caller, `${name} features`, features);
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
