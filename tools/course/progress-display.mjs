import { counted } from '../setup/counted.mjs';
import { formatMemory, formatSeconds } from './closing-table.mjs';

/**
 * Shows how far each notebook is: on a terminal in lines that change in place, elsewhere one line a cell.
 *
 * @param {NodeJS.WriteStream} stream
 */
export class ProgressDisplay {
  #stream;
  #live;
  #running = new Map();
  #drawn = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  constructor(stream) {
    this.#stream = stream;
    this.#live = stream.isTTY === true;
  }

  /** A notebook begins. */
  begin(name) {
    this.#running.set(name, { started: performance.now(), number: 0, cells: 0 });
    if (this.#live) {
      this.#timer ??= setInterval(() => this.#draw(), 250);
      this.#draw();
    } else this.#write(`${name}: starting\n`);
  }

  /**
   * A notebook has come to a code cell.
   *
   * @param {string} name
   * @param {{ number?: number, cells?: number }} event
   */
  advance(name, { number, cells }) {
    const run = this.#running.get(name);
    run.number = number ?? run.number;
    run.cells = cells ?? run.cells;
    if (this.#live) this.#draw();
    else if (number !== undefined) {
      this.#write(`${name}: cell ${number} of ${run.cells}, ${this.#elapsed(run)}\n`);
    }
  }

  /** A notebook has ended. */
  end(name, { cells, seconds, peak, failure }) {
    this.#running.delete(name);
    this.#erase();
    const mark = failure === null ? '✓' : '✗';
    const outcome = failure === null ? [] : [failure.kind === 'stopped' ? 'stopped' : 'FAILED'];
    const memory = peak > 0 ? [formatMemory(peak)] : [];
    const facts = [...outcome, counted(cells, 'cell'), formatSeconds(seconds), ...memory];
    this.#write(`${mark} ${name}: ${facts.join(', ')}\n`);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#live) this.#draw();
  }

  #elapsed(run) {
    return formatSeconds((performance.now() - run.started) / 1000, 0);
  }

  #draw() {
    const width = this.#stream.columns || 80;
    const lines = [...this.#running].map(([name, run]) => {
      const cell = run.number === 0 ? 'starting the kernel' : `cell ${run.number} of ${run.cells}`;
      return `… ${name}: ${cell}, ${this.#elapsed(run)}`.slice(0, width - 1);
    });
    this.#erase();
    this.#write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #erase() {
    if (this.#drawn > 0) this.#write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }

  #write(text) {
    this.#stream.write(text);
  }
}
