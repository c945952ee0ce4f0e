import { AsyncLocalStorage } from 'node:async_hooks';
import type { Header } from './wire-message';

/** One execution of a cell. */
export interface Cell {
  /** The number in brackets beside the cell. */
  readonly count: number;
  readonly source: string;
  /** The request that asked for it: every output of the cell belongs to it. */
  readonly request: Header;
  /** True for an execution that shows nothing. */
  readonly silent: boolean;
}

const context = new AsyncLocalStorage<Cell>();
let latest: Cell | null = null;

/** Runs `work` for a cell: whatever it begins, also what ends later, knows its cell. */
export function runForCell<T>(cell: Cell, work: () => T): T {
  latest = cell;
  return context.run(cell, work);
}

/** The cell whose code runs now, as far as Node can tell; else the latest one; `null` before the first. */
export function currentCell(): Cell | null {
  return context.getStore() ?? latest;
}
