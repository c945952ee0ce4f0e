/** The parts of a message. */
export type Frames = (string | Buffer)[];

/** What a ZeroMQ socket that sends has. */
export interface SendingSocket {
  readonly closed: boolean;
  /** Throws at once while an earlier message has not left yet. */
  send(frames: Frames): Promise<void>;
}

/**
 * Sends the messages of one socket in their order. ZeroMQ takes a message at once where it can, so that what a cell prints
 * leaves also when the cell then never gives up its turn; where an earlier one has not left yet it takes none ("Socket is
 * busy writing"), and the message waits here.
 */
export class OrderedSender {
  private readonly waiting: { readonly frames: Frames; readonly done: () => void }[] = [];
  /** Resolves when the message that was taken last has left. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly socket: SendingSocket) {}

  /** Resolves when the message has left, or when it cannot: the socket is closed. */
  send(frames: Frames): Promise<void> {
    if (this.socket.closed) return Promise.resolve();
    if (this.waiting.length === 0 && this.take(frames)) return this.last;
    return new Promise((done) => {
      this.waiting.push({ frames, done });
      if (this.waiting.length === 1) void this.sendWaiting();
    });
  }

  /** Whether the socket has taken a message. */
  private take(frames: Frames): boolean {
    try {
      this.last = this.socket.send(frames).catch(() => undefined);
      return true;
    } catch {
      return false;
    }
  }

  private async sendWaiting(): Promise<void> {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      await this.last;
      // One turn, in case the socket is busy with something that is not ours.
      while (!this.socket.closed && !this.take(next.frames)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await this.last;
      this.waiting.shift();
      next.done();
    }
  }
}
