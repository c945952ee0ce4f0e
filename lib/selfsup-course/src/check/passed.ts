/** What checks found of the functions they were last given, and what may stand in for each. */
const VERDICTS = new WeakMap<object, { readonly passed: boolean; readonly reference: unknown }>();

/**
 * Remembers what a check said of a function.
 *
 * @param reference What the learner was to write; `undefined` where the task has no one answer.
 */
export function rememberVerdict(learner: unknown, passed: boolean, reference: unknown): void {
  if (typeof learner === 'function') VERDICTS.set(learner, { passed, reference });
}

/**
 * The learner's function once its check has passed, otherwise a right one: what follows a task runs in any case, and on
 * the learner's own code as soon as that is right.
 *
 * @param learner What was given to a `check`.
 * @param standIn What stands in for it until then. Default: the answer that the check knows.
 * @throws Error when `standIn` is left out, and no check has been given this function, or the check knows no answer.
 * @example
 * check.infoNceBound(yourBound);
 * const bound = ifPassed(yourBound);
 */
export function ifPassed<F extends (...given: never[]) => unknown>(learner: F, standIn?: F): F {
  const verdict = VERDICTS.get(learner);
  if (verdict?.passed) return learner;
  if (standIn) return standIn;
  if (verdict === undefined) {
    throw new Error(
      `ifPassed was given ${learner.name || 'a function'}, which no check has seen since it was last written. ` +
        'Run the cell with its check first, then this one.',
    );
  }
  if (verdict.reference === undefined) {
    throw new Error(
      `ifPassed was given ${learner.name || 'a function'}, whose check has not passed and knows no answer to stand in for it; ` +
        'expected a second argument: the function to use until then.',
    );
  }
  return verdict.reference as F;
}
