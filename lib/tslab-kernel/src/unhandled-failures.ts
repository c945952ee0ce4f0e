import { type Cell, currentCell } from './cell';

/**
 * Catches what nobody else does: rejected promises that no one awaits, errors thrown by timers and events. None of them ends
 * the kernel. Those of the running cell are kept until it ends, for it may still await the promise.
 */
export class UnhandledFailures {
  private readonly rejected = new Map<Promise<unknown>, unknown>();
  private readonly thrown: unknown[] = [];
  private running: Cell | null = null;

  /** @param tell is told of failures of cells that do not run any more; `null` for a failure before the first cell */
  constructor(private readonly tell: (cell: Cell | null, reason: unknown) => void) {
    process.on('unhandledRejection', (reason, promise) => {
      const cell = currentCell();
      if (cell === null || cell !== this.running) this.tell(cell, reason);
      else this.rejected.set(promise, reason);
    });
    process.on('rejectionHandled', (promise) => this.rejected.delete(promise));
    process.on('uncaughtException', (reason) => {
      const cell = currentCell();
      if (cell === null || cell !== this.running) this.tell(cell, reason);
      else this.thrown.push(reason);
    });
  }

  begin(cell: Cell): void {
    this.running = cell;
  }

  /** The failures of the cell that ends, once Node has had the turn in which it notices them. */
  async end(): Promise<readonly unknown[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.running = null;
    const failures = [...this.thrown, ...this.rejected.values()];
    this.thrown.length = 0;
    this.rejected.clear();
    return failures;
  }
}
