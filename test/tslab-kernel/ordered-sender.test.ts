import { describe, expect, it } from 'vitest';
import { type Frames, OrderedSender } from '../../lib/tslab-kernel/src/ordered-sender';

/** A socket that is busy until it is told otherwise, and refuses at once while it is, as ZeroMQ's do. */
class BusySocket {
  closed = false;
  readonly sent: string[] = [];
  private finish: (() => void) | null = null;
  isSlow = true;

  send(frames: Frames): Promise<void> {
    if (this.finish !== null) {
      throw new Error(
        'Socket is busy writing; only one send operation may be in progress at any time',
      );
    }
    this.sent.push(String(frames[0]));
    if (!this.isSlow) return Promise.resolve();
    return new Promise((resolve) => {
      this.finish = () => {
        this.finish = null;
        resolve();
      };
    });
  }

  done(): void {
    this.finish?.();
  }
}
const message = (text: string) => [Buffer.from(text)];

describe('OrderedSender', () => {
  it('hands everything over at once while the socket takes it', () => {
    const socket = new BusySocket();
    socket.isSlow = false;
    const sender = new OrderedSender(socket);
    // In one turn: a cell that then loops without end shows all three.
    for (const text of ['a', 'b', 'c']) void sender.send(message(text));
    expect(socket.sent).toEqual(['a', 'b', 'c']);
  });

  it('keeps what a busy socket refuses, in order, and throws nothing', async () => {
    const socket = new BusySocket();
    const sender = new OrderedSender(socket);
    const left = ['a', 'b', 'c'].map((text) => sender.send(message(text)));
    expect(socket.sent).toEqual(['a']);
    socket.isSlow = false;
    socket.done();
    await Promise.all(left);
    expect(socket.sent).toEqual(['a', 'b', 'c']);
    await sender.send(message('d'));
    expect(socket.sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('waits for no socket that is closed', async () => {
    const socket = new BusySocket();
    const sender = new OrderedSender(socket);
    void sender.send(message('a'));
    const waiting = sender.send(message('b'));
    socket.closed = true;
    socket.done();
    await waiting;
    await sender.send(message('c'));
    expect(socket.sent).toEqual(['a']);
  });
});
