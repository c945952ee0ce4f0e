import { InterruptedError, markInterrupted, setInterruptCell } from 'selfsup';
import { runningCell, writerOfKernel } from './running-cell';

/** What tslab's kernel prints, with its own stack, when an interrupt ends a cell that awaits something. */
const KERNEL_MESSAGE = 'Error: Interrupted asynchronously';

const MESSAGE =
  'Interrupted: this cell was given up. Variables of the cells before it are kept; ' +
  'work it had begun may go on until it is done.\n';

/** The cells that the kernel has given up. */
const givenUp = new WeakSet<object>();

/**
 * Ends work of a cell that the kernel has given up: to the kernel the cell is over, but a loop in it would go on.
 *
 * @throws InterruptedError in such a cell.
 */
export function assertNotGivenUp(): void {
  const cell = writerOfKernel();
  if (cell === null || !givenUp.has(cell)) return;
  throw new InterruptedError('This cell was interrupted; what it had begun ends here.');
}

/**
 * Puts a sentence in the place of the kernel's own stack trace when a cell is interrupted. The kernel prints right
 * after the signal, so only that moment is watched. Training loops end by themselves and print nothing of this kind.
 */
function explainInterrupts(): void {
  process.prependListener('SIGINT', () => {
    // Whatever the cell has begun ends with its next training, or when it next says how far it is.
    markInterrupted();
    const cell = writerOfKernel();
    if (cell !== null) givenUp.add(cell);
    const write = process.stderr.write;
    const restore = () => {
      if (process.stderr.write === watching) process.stderr.write = write;
    };
    const watching = ((text: string | Uint8Array, ...rest: never[]) => {
      if (typeof text !== 'string' || !text.startsWith(KERNEL_MESSAGE)) {
        return write.call(process.stderr, text, ...rest);
      }
      restore();
      return write.call(process.stderr, MESSAGE);
    }) as typeof write;
    process.stderr.write = watching;
    setImmediate(restore);
  });
}

if (runningCell() !== null) explainInterrupts();

// One interrupt ends the trainings of a cell, also where the cell itself repeats them.
setInterruptCell(writerOfKernel);
