import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SelfSupError } from './errors';
import { InterruptListener } from './interrupt-listener';

/** Work that an interrupt has ended, or that was not begun because of one. */
export class InterruptedError extends SelfSupError {}

/** The listener of the work that goes on in this chain of calls, so that a training within knows of it. */
const surrounding = new AsyncLocalStorage<InterruptListener>();
/** Names the notebook cell now running, or whatever else an interrupt is meant for. */
let currentCell: () => unknown = () => null;
let interruptedCell: unknown = null;
/** The cells that have ended a training: whatever else they train is a repetition. */
const trained = new WeakSet<object>();
/** True inside of {@link oneTraining}. */
const within = new AsyncLocalStorage<boolean>();

/**
 * Tells how to name the notebook cell now running, so that one interrupt ends all trainings of a cell, also where the cell
 * itself repeats them: after it no training begins until another cell runs.
 *
 * @param cell A different value for each cell, `null` outside of cells. Without it each training ends by an interrupt of its
 *   own.
 */
export function setInterruptCell(cell: () => unknown): void {
  currentCell = cell;
}

/**
 * Remembers that an interrupt came for the cell that is running: no further training begins in it. Trainings do this by
 * themselves; whoever gives a cell up for another reason, for instance a kernel, says it with this.
 */
export function markInterrupted(): void {
  interruptedCell = currentCell();
}

/**
 * Checks that no interrupt has ended what is about to begin.
 *
 * @throws InterruptedError when one has ended the work around it, or came earlier in the same notebook cell.
 */
export function assertNotInterrupted(caller: string): void {
  if (!isInterrupted(currentCell()) && surrounding.getStore()?.interrupted !== true) return;
  throw new InterruptedError(
    `${caller} was not begun: an interrupt had ended a training before it. What was trained until then is kept and is not ` +
      'finished; run this again to train all of it.',
  );
}

/**
 * Checks that no interrupt has ended the repeated work that this is a part of, for instance one seed of `overSeeds`. Unlike
 * {@link assertNotInterrupted} it lets a cell go on with what an interrupted training has learned.
 *
 * @throws InterruptedError when one has.
 */
export function assertGoesOn(caller: string): void {
  if (surrounding.getStore()?.interrupted !== true) return;
  throw new InterruptedError(`${caller} was given up: an interrupt has ended what it was part of.`);
}

function isInterrupted(cell: unknown): boolean {
  return cell !== null && cell !== undefined && cell === interruptedCell;
}

/**
 * Does one training, which may be made of several. Alone in its cell it ends normally by an interrupt, and the cell can go on
 * with what was learned. In a cell that has trained before, as in a loop, nobody could tell afterwards which of the results
 * is unfinished: there the interrupt ends the cell.
 *
 * @param caller The function that trains, for messages.
 * @throws InterruptedError when an interrupt has ended what this is part of, or ends a training that is not its cell's first.
 */
export async function oneTraining<Result>(
  caller: string,
  work: () => Promise<Result>,
): Promise<Result> {
  assertNotInterrupted(caller);
  if (within.getStore() === true) return work();
  const cell = currentCell();
  const result = await within.run(true, work);
  if (typeof cell !== 'object' && typeof cell !== 'function') return result;
  if (cell === null) return result;
  if (isInterrupted(cell) && trained.has(cell)) {
    throw new InterruptedError(
      `${caller} was interrupted. It is not the first training of this cell, so the cell ends here: a mean or a table over an ` +
        'unfinished training would say nothing. What was trained until then is kept; run the cell again to train all of it.',
    );
  }
  trained.add(cell);
  return result;
}

/**
 * Does work that trains repeatedly, so that one interrupt ends all of it: the training under way ends by itself, later ones
 * within do not begin, and `work` can ask.
 */
export async function interruptible<Result>(
  work: (isInterrupted: () => boolean) => Promise<Result>,
): Promise<Result> {
  // As in `train`: a cell's vm takes SIGINT over until the cell awaits.
  await nextTurn();
  const listener = new InterruptListener();
  try {
    return await surrounding.run(listener, () => work(() => listener.interrupted));
  } finally {
    if (listener.interrupted) markInterrupted();
    listener.release();
  }
}
