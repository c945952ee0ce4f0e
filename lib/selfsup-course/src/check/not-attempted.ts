import { SelfSupError } from 'selfsup';

/** An exercise was left as it was. */
export class NotAttemptedError extends SelfSupError {}

/**
 * Stands where a learner is to write code. Checks recognise it, and it alone, and say that the exercise waits: a function
 * without it was attempted, also where it returns nothing. Called elsewhere, it throws.
 *
 * @throws NotAttemptedError always.
 * @example const myLoss = (z1: tf.Tensor2D, z2: tf.Tensor2D): tf.Scalar => notAttempted();
 */
export function notAttempted(): never {
  throw new NotAttemptedError(
    'This function is an exercise that has not been written yet. Put your own code in the place of notAttempted().',
  );
}
