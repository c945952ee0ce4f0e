import { tf } from 'selfsup';
import { formatQuantity } from '../display/pace';
import { describe, Finding } from './judge';
import { NotAttemptedError } from './not-attempted';
import { ThrownError } from './thrown-error';

/**
 * Calls a learner's function, so that what goes wrong in it comes back as a finding.
 *
 * @param occasion Completes the sentence "When called …": `with 4 pairs of 3 numbers`.
 * @param expected Completes the sentence "expected …": `a tensor of shape [4, 3]`.
 */
export function attempt(call: () => unknown, occasion: string, expected: string): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof NotAttemptedError) throw error;
    const thrown = error instanceof ThrownError ? error : new ThrownError(error);
    const given = thrown.given && ` for ${thrown.given}`;
    throw new Finding(
      `When called ${occasion}, ${thrown.message} Expected${given}: ${expected}. ${thrown.advice}`.trimEnd(),
    );
  }
  if (result === undefined) {
    throw new Finding(
      `When called ${occasion}, it returned nothing; expected ${expected}. Is a return missing? In braces, an arrow function ` +
        'needs one, too.',
    );
  }
  if (result instanceof Promise) {
    // Its failure would otherwise be reported a second time, by the process.
    result.catch(() => undefined);
    throw new Finding(
      `When called ${occasion}, it returned a promise; expected ${expected}. Write it without async: tensors are computed at once.`,
    );
  }
  return result;
}

/** As {@link attempt}, for a function that must return one number. */
export function attemptNumber(
  call: () => unknown,
  occasion: string,
  expected = 'a number',
): number {
  const result = attempt(call, occasion, expected);
  if (typeof result !== 'number' || Number.isNaN(result)) {
    throw new Finding(
      `When called ${occasion}, it returned ${typeof result === 'number' ? 'NaN' : describe(result)}; expected ${expected}.`,
    );
  }
  return result;
}

/** As {@link attempt}, for a function that must return a share; whether it is from 0 to 1 is for the check to judge. */
export function attemptShare(call: () => unknown, occasion: string): number {
  return attemptNumber(call, occasion, 'a number from 0 to 1');
}

/**
 * As {@link attempt}, for a function that must return a tensor.
 *
 * @param shape Its shape; where the check judges that by itself, what to expect.
 */
export function attemptTensor(
  call: () => unknown,
  occasion: string,
  shape: readonly number[] | string,
): tf.Tensor {
  const expected = typeof shape === 'string' ? shape : `a tensor of shape [${shape.join(', ')}]`;
  const result = attempt(call, occasion, expected);
  if (!(result instanceof tf.Tensor)) {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(result)}; expected ${expected}. ` +
        'Leave the value inside TensorFlow: without dataSync, arraySync or a JavaScript number, gradients can flow.',
    );
  }
  if (result.isDisposed) {
    throw new Finding(
      `When called ${occasion}, it returned a tensor that is already disposed. Return it from tf.tidy, or do not dispose it.`,
    );
  }
  return result;
}

/** Finds NaN and infinities in a result. */
export function requireFinite(result: tf.Tensor, occasion: string, advice: string): void {
  const unfit = result.dataSync().find((value) => !Number.isFinite(value));
  if (unfit !== undefined) {
    throw new Finding(`When called ${occasion}, its result holds ${unfit}. ${advice}`);
  }
}

/** Finds tensors that a call leaves behind, besides those it returns: one, or those of an object. */
export function requireTidy(call: () => unknown): void {
  // Tensors are numbered as they are made, so this one tells a new result from an input given back.
  const marker = tf.scalar(0);
  const before = tf.memory().numTensors;
  const result = attempt(call, 'once more', 'what it returned before');
  const returned = new Set(result instanceof tf.Tensor ? [result] : Object.values(result ?? {}));
  const made = [...returned].filter((one) => one instanceof tf.Tensor && one.id > marker.id).length;
  const left = tf.memory().numTensors - before - made;
  if (left > 0) {
    throw new Finding(
      `Its results are right, but each call leaves ${formatQuantity(left, 'tensors')} in memory, which a long ` +
        'training would fill. Put the body into return tf.tidy(() => { … }).',
    );
  }
  if (left < 0) {
    throw new Finding(
      'Its results are right, but it disposes tensors it was given; leave those to the caller.',
    );
  }
}
