import { SelfSupError, tf } from 'selfsup';
import { NotAttemptedError } from './not-attempted';

/** An error in words: what went wrong, and what to do about it where that can be told. */
interface Explanation {
  /** Completes the sentence "It threw: …". */
  readonly what: string;
  readonly advice?: string;
}

const shapeOf = (numbers: string): number[] =>
  numbers === '' ? [] : numbers.split(',').map(Number);
const written = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The axis that the first shape has and the second lacks; -1 where that is not all that tells them apart. */
function lostAxis(longer: readonly number[], shorter: readonly number[]): number {
  return longer.findIndex(
    (_, axis) => longer.filter((_, other) => other !== axis).join() === shorter.join(),
  );
}

/** Two tensors that no operation can combine number by number. */
function misfit(first: string, second: string): Explanation {
  const shapes: readonly [number[], number[]] = [shapeOf(first), shapeOf(second)];
  const what = `tensors of the shapes ${shapes.map(written).join(' and ')} do not fit each other, number by number`;
  const [longer, shorter] = shapes[0].length > shapes[1].length ? shapes : [shapes[1], shapes[0]];
  const axis = lostAxis(longer, shorter);
  if (axis < 0) return { what };
  const kept = longer.map((length, other) => (other === axis ? 1 : length));
  return {
    what,
    advice:
      `${written(shorter)} is ${written(longer)} without axis ${axis}, which a sum, a mean, a norm or ` +
      `a maximum drops unless keepDims is true: with it, as in sum(${axis}, true), the shape is ${written(kept)}, which fits.`,
  };
}

/** What TensorFlow says, and what that means. */
const EXPLANATIONS: readonly (readonly [
  RegExp,
  (found: readonly [string, string, string]) => Explanation,
])[] = [
  [/Incompatible shapes: \[([\d,]*)\] vs\. \[([\d,]*)\]/, ([, a, b]) => misfit(a, b)],
  [
    /could not be broadcast together with shapes ([\d,]*) and ([\d,]*)\./,
    ([, a, b]) => misfit(a, b),
  ],
  [
    /Matrix size-incompatible: In\[0\]: \[([\d,]*)\], In\[1\]: \[([\d,]*)\]/,
    ([, a, b]) => ({
      what: `matMul cannot multiply matrices of the shapes ${written(shapeOf(a))} and ${written(shapeOf(b))}`,
      advice:
        'The rows of the first must be as long as the columns of the second; matMul(a, b, false, true) takes the rows of both.',
    }),
  ],
  [
    /In\[(\d)\] ndims must be >= 2: (\d)/,
    ([, place, rank]) => ({
      what: `matMul multiplies matrices, and its ${place === '0' ? 'first' : 'second'} tensor is of rank ${rank}`,
    }),
  ],
  [
    /Input to reshape is a tensor with (\d+) values, but the requested shape has (\d+)/,
    ([, has, asked]) => ({ what: `a tensor of ${has} numbers cannot take a shape of ${asked}` }),
  ],
  [
    /Argument '\w+' passed to '(\w+)' must be a Tensor or TensorLike, but got '(\w+)'/,
    ([, operation, got]) => ({
      what: `${operation} was given ${got} where a tensor or a number belongs`,
    }),
  ],
  [
    /Tensor is disposed/,
    () => ({
      what: 'a tensor was used that is already disposed',
      advice: 'tf.tidy disposes all but what it returns, and dispose() the tensor itself.',
    }),
  ],
];

function explanationOf(said: string): Explanation {
  for (const [pattern, explain] of EXPLANATIONS) {
    const found = pattern.exec(said);
    if (found !== null) return explain(found as unknown as [string, string, string]);
  }
  return { what: said };
}

/** A learner's function threw an error. */
export class ThrownError extends SelfSupError {
  readonly advice: string;
  /** `tensors of the shapes [4, 5] and [4, 5]`; empty where it was given none. */
  readonly given: string;

  constructor(error: unknown, given: readonly unknown[] = []) {
    // TensorFlow's own number of the error says nothing to a learner.
    const said = messageOf(error).replace(/^Invalid TF_Status: \d+\s*Message: /, '');
    const { what, advice = '' } = explanationOf(said);
    const source = what === said ? '' : ` (in TensorFlow’s words: ${said.replace(/\.$/, '')})`;
    super(`it threw: ${what.replace(/\.$/, '')}${source}.`, { cause: error });
    this.advice = advice;
    const shapes = given
      .filter((one) => one instanceof tf.Tensor)
      .map(({ shape }) => written(shape));
    this.given =
      shapes.length > 1
        ? `tensors of the shapes ${shapes.slice(0, -1).join(', ')} and ${shapes.at(-1)}`
        : shapes.map((shape) => `a tensor of shape ${shape}`).join();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The learner's function with errors that know what it was given. */
export function withThrownErrors<F>(learner: F): F {
  const call = learner as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]): unknown => {
    try {
      return call(...given);
    } catch (error) {
      if (error instanceof NotAttemptedError || error instanceof ThrownError) throw error;
      throw new ThrownError(error, given);
    }
  };
  return watched as F;
}
