import { chmodSync } from 'node:fs';
import { Publisher, Reply, Router } from 'zeromq';
import { CHANNELS, type ConnectionInfo, socketAddress } from './connection-file';
import { OrderedSender } from './ordered-sender';
import type { Content, Header, Message, MessageCodec } from './wire-message';

/** The channels on which requests come. */
export type RequestChannel = 'shell' | 'control';

/** Larger messages than any notebook sends are refused before they fill the memory. */
const LARGEST_MESSAGE = 64 * 2 ** 20;

/** How long messages may take to leave after the kernel has ended, in ms. */
const LINGER = 1000;

/** The kernel's five ZeroMQ sockets. What comes in is checked by the codec; what it refuses is dropped without a word. */
export class Channels {
  private readonly sockets = {
    shell: new Router({ maxMessageSize: LARGEST_MESSAGE, sendHighWaterMark: 0 }),
    control: new Router({ maxMessageSize: LARGEST_MESSAGE, sendHighWaterMark: 0 }),
    stdin: new Router({ maxMessageSize: LARGEST_MESSAGE }),
    // Without a limit: beyond one, ZeroMQ drops what a cell prints.
    iopub: new Publisher({ sendHighWaterMark: 0 }),
    hb: new Reply({ maxMessageSize: LARGEST_MESSAGE }),
  };
  private readonly senders = {
    shell: new OrderedSender(this.sockets.shell),
    control: new OrderedSender(this.sockets.control),
    iopub: new OrderedSender(this.sockets.iopub),
  };

  constructor(private readonly codec: MessageCodec) {
    for (const socket of Object.values(this.sockets)) socket.linger = LINGER;
  }

  /** Opens the sockets. Those of the `ipc` transport are files, which only their user may use. */
  async bind(connection: ConnectionInfo): Promise<void> {
    const umask = connection.transport === 'ipc' ? process.umask(0o177) : undefined;
    try {
      await Promise.all(
        CHANNELS.map((name) => this.sockets[name].bind(socketAddress(connection, name))),
      );
    } finally {
      if (umask !== undefined) process.umask(umask);
    }
    if (connection.transport === 'ipc') {
      for (const name of CHANNELS) chmodSync(socketAddress(connection, name).slice(6), 0o600);
    }
  }

  /** Passes on every genuine request, in the order of its channel. */
  listen(onRequest: (channel: RequestChannel, message: Message) => void): void {
    for (const channel of ['shell', 'control'] as const) {
      void this.receive(this.sockets[channel], (frames) => {
        const message = this.codec.decode(frames);
        if (message !== null) onRequest(channel, message);
      });
    }
    // Nothing is ever asked on stdin, so nothing there is an answer.
    void this.receive(this.sockets.stdin, () => undefined);
    void this.receive(this.sockets.hb, (frames) => this.sockets.hb.send(frames));
  }

  private async receive(
    socket: AsyncIterable<Buffer[]> & { readonly closed: boolean },
    take: (frames: Buffer[]) => unknown,
  ): Promise<void> {
    while (!socket.closed) {
      try {
        for await (const frames of socket) await take(frames);
      } catch {
        // A message that a peer broke off or that is too large: the next one is awaited.
      }
    }
  }

  /** Answers a request on its own channel. */
  reply(channel: RequestChannel, request: Message, content: Content): Promise<void> {
    const type = request.header.msg_type.replace(/_request$/, '_reply');
    const frames = this.codec.encode(type, content, request.header, request.identities);
    return this.senders[channel].send(frames);
  }

  /** Sends a message to every client. */
  publish(type: string, content: Content, parent: Header | null): void {
    if (this.sockets.iopub.closed) return;
    const topic = Buffer.from(`kernel.${type}`);
    void this.senders.iopub.send(this.codec.encode(type, content, parent, [topic]));
  }

  /** Closes the sockets; what was sent still leaves. */
  close(): void {
    for (const socket of Object.values(this.sockets)) socket.close();
  }
}
