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
 * Remembers that an interrupt came, for the cell that is running.
 *
 * @internal
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
  const cell = currentCell();
  const inCell = cell !== null && cell !== undefined && cell === interruptedCell;
  if (!inCell && surrounding.getStore()?.interrupted !== true) return;
  throw new InterruptedError(
    `${caller} was not begun: an interrupt had ended a training before it. What was trained until then is kept and is not ` +
      'finished; run this again to train all of it.',
  );
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
    listener.release();
  }
}
