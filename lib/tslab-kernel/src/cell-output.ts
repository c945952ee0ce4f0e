import { StringDecoder } from 'node:string_decoder';
import { type Cell, currentCell } from './cell';
import type { Content, Header } from './wire-message';

type StreamName = 'stdout' | 'stderr';
type Publish = (type: string, content: Content, parent: Header | null) => void;
type Write = typeof process.stdout.write;

/** Text printed in quick succession leaves as one message: in so many ms … */
const FLUSH_INTERVAL = 50;
/** … so many messages leave at once, and what is printed after them is held back until the end of the interval … */
const FLUSHES_AT_ONCE = 8;
/** … or until it is so long, in characters. */
const FLUSH_LENGTH = 65_536;

/** What cells print and show, sent to the clients under the cell it comes from. */
export class CellOutput {
  private pending: { cell: Cell; name: StreamName; text: string } | null = null;
  private intervalBegan = Number.NEGATIVE_INFINITY;
  private flushesOfInterval = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly send: Publish) {}

  /** Takes over what the process prints: it belongs to the cell that prints it. */
  capture(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = process[name];
      const write = stream.write.bind(stream);
      stream.write = this.writeOf(name, write);
    }
  }

  private writeOf(name: StreamName, original: Write): Write {
    const decoder = new StringDecoder('utf8');
    return ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      const cell = currentCell();
      if (cell === null) return original(chunk as string, ...(rest as []));
      const [encoding] = rest;
      if (typeof chunk !== 'string') this.print(cell, name, decoder.write(Buffer.from(chunk)));
      else if (typeof encoding !== 'string' || /^utf-?8$/i.test(encoding)) {
        this.print(cell, name, chunk);
      } else {
        this.print(cell, name, decoder.write(Buffer.from(chunk, encoding as BufferEncoding)));
      }
      const done = rest.find((argument) => typeof argument === 'function');
      if (done !== undefined) process.nextTick(done as () => void);
      return true;
    }) as Write;
  }

  /** Prints text on a stream of the cell. */
  print(cell: Cell, name: StreamName, text: string): void {
    if (text === '') return;
    if (this.pending?.cell !== cell || this.pending.name !== name) this.flush();
    this.pending ??= { cell, name, text: '' };
    this.pending.text += text;
    // A loop that lets no timer run still shows what was printed before it, and what it prints.
    if (performance.now() - this.intervalBegan >= FLUSH_INTERVAL) {
      this.intervalBegan = performance.now();
      this.flushesOfInterval = 0;
    }
    if (this.flushesOfInterval < FLUSHES_AT_ONCE || this.pending.text.length >= FLUSH_LENGTH) {
      this.flush();
    } else {
      this.timer ??= setTimeout(() => this.flush(), FLUSH_INTERVAL);
    }
  }

  /** Sends what was printed and is still held back. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.pending === null) return;
    const { cell, name, text } = this.pending;
    this.pending = null;
    this.flushesOfInterval += 1;
    this.send('stream', { name, text }, cell.request);
  }

  /** Sends any message of a cell after what the cell printed before it. */
  publish(cell: Cell, type: string, content: Content): void {
    this.flush();
    this.send(type, content, cell.request);
  }
}
