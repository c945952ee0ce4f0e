import { SelfSupError, tf } from 'selfsup';
import { formatQuantity } from '../display/pace';
import { NotAttemptedError } from './not-attempted';
import { messageOf, ThrownError, withThrownErrors } from './thrown-error';

/** What a check found out about a learner's function. */
export interface Verdict {
  /** What was to be written: `NT-Xent loss`. */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'not attempted';
  /** The properties that hold, in the order they were examined. */
  readonly holds: readonly string[];
  /** The first property that does not hold; `null` unless failed. */
  readonly fails: string | null;
  /** What was found, in sentences for the learner. */
  readonly message: string;
}

/** Something a function must satisfy. */
export interface Property<F> {
  /** Completes the sentence "Your function …": `returns one number`. */
  readonly name: string;
  /** Throws a {@link Finding} where the property does not hold. Tensors made in it are tidied. */
  readonly examine: (learner: F) => void;
}

/** A property does not hold; the message says so with numbers. */
export class Finding extends SelfSupError {}

/**
 * Examines a learner's function, property by property, and stops at the first that does not hold: the later ones would
 * mostly repeat it. It never throws, so that a notebook runs on to its end.
 *
 * Not attempted is what still calls `notAttempted()`, as the stub of every task does. A function that returns nothing was
 * written, and fails.
 */
export function judge<F>(name: string, learner: F, properties: readonly Property<F>[]): Verdict {
  if (typeof learner !== 'function') {
    return verdict(
      name,
      'failed',
      [],
      'is a function',
      `The check was given ${describe(learner)}; give it your function itself, without calling it.`,
    );
  }
  const watched = withThrownErrors(learner);
  const holds: string[] = [];
  for (const property of properties) {
    try {
      tf.tidy(() => property.examine(watched));
    } catch (error) {
      if (error instanceof NotAttemptedError) {
        return verdict(
          name,
          'not attempted',
          [],
          null,
          'Not attempted yet. Write your function, run its cell, then run this one again.',
        );
      }
      return verdict(name, 'failed', holds, property.name, saidOf(error));
    }
    holds.push(property.name);
  }
  return verdict(name, 'passed', holds, null, 'Everything that was examined holds.');
}

function verdict(
  name: string,
  status: Verdict['status'],
  holds: readonly string[],
  fails: string | null,
  message: string,
): Verdict {
  return { name, status, holds, fails, message };
}

/** What a learner reads of an error that ended an examination. */
function saidOf(error: unknown): string {
  if (error instanceof Finding) return error.message;
  if (error instanceof ThrownError)
    return `When called, ${error.message} ${error.advice}`.trimEnd();
  return `What it returned cannot be examined: ${messageOf(error)}`;
}

/** Names a value in a sentence. */
export function describe(value: unknown): string {
  if (value instanceof tf.Tensor) {
    return value.rank === 0 ? 'a scalar tensor' : `a tensor of shape [${value.shape.join(', ')}]`;
  }
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return `an array of ${formatQuantity(value.length, 'values')}`;
  if (typeof value === 'number') return `the number ${number(value)}`;
  if (typeof value === 'function') return 'a function';
  return value === null || typeof value !== 'object' ? String(value) : 'an object';
}

/** Writes a number with five significant digits. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
