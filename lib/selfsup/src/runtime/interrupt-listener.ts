type Listener = (...arguments_: unknown[]) => void;

/** A listener with this property only watches: it ends neither a cell nor the process, and stays. The course's kernel has one. */
const WATCHES = Symbol.for('tslab-kernel.watches-interrupts');

/** The loops that listen now. A signal concerns the whole process, hence this one list for the process. */
const listening = new Set<InterruptListener>();
/** Everybody else's SIGINT listeners while ours stands in for them; `null` while it does not. */
let displaced: Listener[] | null = null;

/**
 * Notices an interrupt (Ctrl-C, or JupyterLab's stop button) so that a loop can end by itself and keep what it has
 * done. While it listens, the process's other SIGINT listeners are set aside: tslab's would end the cell with an
 * error and drop its result, and a script without listeners would die. They are back after `release()`, and already
 * after the first interrupt, so that a second one always does what it does without us.
 */
export class InterruptListener {
  #interruptSeen = false;

  constructor() {
    listening.add(this);
    if (displaced === null) {
      displaced = (process.rawListeners('SIGINT') as Listener[]).filter(
        (other) => !(WATCHES in other),
      );
      process.on('SIGINT', onInterrupt);
      for (const other of displaced) process.off('SIGINT', other);
    }
  }

  /** True once an interrupt has arrived. */
  get interrupted(): boolean {
    return this.#interruptSeen;
  }

  /** Ends listening. */
  release(): void {
    listening.delete(this);
    if (listening.size === 0) handBack();
  }

  /** @internal */
  notice(): void {
    this.#interruptSeen = true;
  }
}

function onInterrupt(): void {
  for (const listener of listening) listener.notice();
  handBack();
}

function handBack(): void {
  if (displaced === null) return;
  for (const other of displaced) process.on('SIGINT', other);
  process.off('SIGINT', onInterrupt);
  displaced = null;
}
