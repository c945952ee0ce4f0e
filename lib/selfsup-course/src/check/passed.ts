/** The functions that passed the check they were last given to. */
const PASSED = new WeakSet<object>();

/** Remembers what a check said of a function. */
export function rememberVerdict(learner: unknown, passed: boolean): void {
  if (typeof learner !== 'function') return;
  if (passed) PASSED.add(learner);
  else PASSED.delete(learner);
}

/**
 * The learner's function once its check has passed, otherwise the library's: what follows a task runs in any case, and on
 * the learner's own code as soon as that is right.
 *
 * @param learner What was given to a `check`.
 * @param reference What stands in for it until then.
 * @example
 * check.infoNceBound(yourBound);
 * const bound = ifPassed(yourBound, infoNceBound);
 */
export function ifPassed<F extends (...given: never[]) => unknown>(learner: F, reference: F): F {
  return PASSED.has(learner) ? learner : reference;
}
