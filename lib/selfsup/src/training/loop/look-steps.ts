import { assertCount } from '../../runtime/checks';
import { InvalidArgumentError } from '../../runtime/errors';

/**
 * After which steps a training looks at what it has learned:
 *
 * - a number: every so many steps, after step 13, 26, 39 … with 13;
 * - a list: after these steps, in any order. Those beyond the end of the run are never reached;
 * - a function: where it gives `true` for the steps done by then, 1, 2, 3 … It is a pure function, like a learning-rate
 *   schedule, so that a resumed run looks where one that was never stopped does.
 *
 * Most changes at the beginning, so looks may be close there and wide later:
 * `(stepsDone) => stepsDone % (stepsDone <= 50 ? 2 : 25) === 0`.
 */
export type LookSteps = number | readonly number[] | ((stepsDone: number) => boolean);

/**
 * Checks when to look. A function is asked once, for 0 steps.
 *
 * @param caller The function that was given it.
 * @param name The name of its option.
 * @throws InvalidArgumentError unless it is a whole number from 1 on, a list of whole numbers from 0 on, or a function that
 * returns `true` or `false`.
 */
export function assertLookSteps(caller: string, name: string, steps: LookSteps): void {
  if (typeof steps === 'function') {
    isLookDue(caller, name, steps, 0);
  } else if (Array.isArray(steps)) {
    const wrong = steps.findIndex((step) => !Number.isInteger(step) || step < 0);
    if (wrong === -1) return;
    throw new InvalidArgumentError(
      `${caller}: ${name}[${wrong}] is ${steps[wrong]}; expected a list of steps, whole numbers from 0 on.`,
    );
  } else {
    assertCount(caller, name, steps as number);
  }
}

/**
 * Whether a look is due after so many steps.
 *
 * @throws InvalidArgumentError when a function returns something else than `true` or `false`.
 */
export function isLookDue(
  caller: string,
  name: string,
  steps: LookSteps,
  stepsDone: number,
): boolean {
  if (typeof steps === 'number') return stepsDone % steps === 0;
  if (typeof steps !== 'function') return steps.includes(stepsDone);
  const due: unknown = steps(stepsDone);
  if (typeof due === 'boolean') return due;
  throw new InvalidArgumentError(
    `${caller}: ${name} returned ${due} for ${stepsDone} steps done; expected true or false, whether to look then.`,
  );
}
