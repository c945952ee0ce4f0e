import { tf } from 'selfsup';
import { attemptTensor, requireFinite } from './attempt';
import { Finding, number } from './judge';
import { near, requireRight, returned } from './require-right';
import { messageOf } from './thrown-error';

/** What a call of a learner's loss gave. */
export interface LossValue {
  readonly found: number;
  /** Completes the sentence "When called …". */
  readonly occasion: string;
}

/** A usual mistake: how the definition changes by it, and the sentence for the learner whose number shows it. */
export interface LossMistake<Variant> {
  readonly variant: Variant;
  readonly says: string;
}

/** Whether two losses differ by more than float32 explains: 1e-4, relative above 1. */
export function lossDiffers(found: number, expected: number): boolean {
  return !near(1e-4)(found, expected);
}

/** What to do about NaN and infinities in a loss that takes exponentials. */
const AGAINST_OVERFLOW =
  'exp overflows where similarity / temperature is large: use tf.logSumExp, or subtract each row’s maximum first.';

/**
 * Calls a learner's loss and reads its value.
 *
 * @param options `reduction` completes the sentence "expected a scalar, …": `the mean over the queries`. `advice` is what
 *   to do about NaN and infinities; default: against exponentials that overflow.
 * @throws Finding unless it is one finite number, as a tensor.
 */
export function lossValue(
  call: () => unknown,
  occasion: string,
  { reduction, advice = AGAINST_OVERFLOW }: { reduction: string; advice?: string },
): LossValue {
  const result = attemptTensor(call, occasion, `a scalar tensor, ${reduction}`);
  requireFinite(result, occasion, advice);
  if (result.rank !== 0) {
    throw new Finding(
      `When called ${occasion}, it returned a tensor of shape [${result.shape.join(', ')}]; ` +
        `expected a scalar, ${reduction}.`,
    );
  }
  return { found: result.dataSync()[0] as number, occasion };
}

/**
 * Compares a learner's value with the definition's and, where it is wrong, names the mistake whose value it is.
 *
 * @param definition The loss by its definition, or as one of `mistakes` changes it.
 * @param hints What to say where no mistake is recognised: `reversed` for the right number with the wrong sign.
 */
export function requireLoss<Variant>(
  { found, occasion }: LossValue,
  definition: (variant?: Variant) => number,
  mistakes: readonly LossMistake<Variant>[],
  hints: { reversed: string; unknown: string },
): void {
  const expected = definition();
  requireRight({
    cases: [occasion],
    found: () => found,
    right: () => expected,
    mistakes: [
      ...mistakes.map(({ variant, says }) => ({ instead: () => definition(variant), says })),
      {
        instead: () => -expected,
        says: `The sign is reversed: the loss is ${hints.reversed}.`,
      },
    ],
    story: returned,
    hint: hints.unknown,
  });
}

/** A loss of some inputs; what it returns must be a scalar tensor. */
type LossOfInputs = (...inputs: tf.Tensor2D[]) => unknown;

/**
 * Compares the gradients of a learner's loss, whose value is right, with those of the library's.
 *
 * @param inputs What the loss is differentiated by, each under the name that completes "its gradient for the …".
 */
export function requireGradients(
  learner: LossOfInputs,
  library: LossOfInputs,
  inputs: Readonly<Record<string, tf.Tensor2D>>,
): void {
  const gradients = (loss: LossOfInputs) =>
    tf.grads((...given) => (loss(...(given as tf.Tensor2D[])) as tf.Tensor).asScalar())(
      Object.values(inputs),
    );
  let found: tf.Tensor[];
  try {
    found = gradients(learner);
  } catch (error) {
    throw new Finding(
      `Its value is right, but it cannot be differentiated (${messageOf(error).replace(/\.$/, '')}). ` +
        'Compute it from the inputs by tensor operations alone.',
    );
  }
  const expected = gradients(library);
  for (const [place, name] of Object.keys(inputs).entries()) {
    const [one, right] = [found[place], expected[place]] as [tf.Tensor, tf.Tensor];
    const gap = tf.max(tf.abs(tf.sub(one, right))).dataSync()[0] as number;
    if (gap < 1e-3) continue;
    throw new Finding(
      `Its value is right, but its gradient for the ${name} differs from the library’s by up to ${number(gap)}. ` +
        `A part of the computation is cut off from the ${name}.`,
    );
  }
}
