import { assertCount } from './checks';

let limit = Number.POSITIVE_INFINITY;

/**
 * Caps the iterative work of this process, to try out in a minute a program that takes hours: what surrounds the iterations
 * (sizes, splits, schedules, histories, looks, evaluations) stays as it is.
 *
 * - A call of `train` computes no more than so many steps. The steps after them are skipped: the weights stay, the learning
 *   rate follows its schedule, and each record repeats the last computed loss, metrics and duration. Callbacks, looks and
 *   checkpoints come when they would come.
 * - `linearProbe` and `tsne` do no more than so many iterations.
 * - Features (`extractFeatures`, `extractSentenceFeatures`, `predictClasses`) are computed of no more than so many batches; the
 *   rows of the others repeat these.
 *
 * All numbers that come out are meaningless.
 *
 * @param most Steps or iterations, at least 1; `null`: as many as are asked for, which is the default.
 * @throws InvalidArgumentError when it is not a whole number, 1 or more.
 */
export function setWorkLimit(most: number | null): void {
  if (most !== null) assertCount('setWorkLimit', 'most', most);
  limit = most ?? Number.POSITIVE_INFINITY;
}

/**
 * What {@link setWorkLimit} was told; Infinity where nothing was.
 *
 * @internal
 */
export function workLimit(): number {
  return limit;
}
