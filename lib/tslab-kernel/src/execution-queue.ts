import type { Message } from './wire-message';

interface Waiting {
  readonly request: Message;
  /** When the kernel received it, in ms. */
  readonly received: number;
}

/** The dates of requests are cut to milliseconds, in ms. */
const DATE_PRECISION = 2;

/**
 * Runs the cells that clients ask for, one after the other in the order of asking.
 *
 * After an error, cells that were asked for before anybody could know of it are dropped, as Jupyter's protocol wants, and no
 * others. Those are: every cell that waits here; and every cell that arrives later but was sent before, by the sender's own
 * clock. (tslab drops what arrives in the next 200 ms, be it sent before the error or in answer to it.)
 */
export class ExecutionQueue {
  private readonly waiting: Waiting[] = [];
  private running = false;
  /** For each client, until when by its own clock its requests were sent in ignorance of the error, in ms. */
  private readonly ignorantUntil = new Map<string, number>();

  /**
   * @param run executes a request and resolves to the time at which it failed, before anybody knew, by `performance.now()`;
   * to `null` where it did not
   * @param drop answers a request that is not executed
   */
  constructor(
    private readonly run: (request: Message) => Promise<number | null>,
    private readonly drop: (request: Message) => void,
  ) {}

  add(request: Message): void {
    this.waiting.push({ request, received: performance.now() });
    if (!this.running) void this.work();
  }

  private async work(): Promise<void> {
    this.running = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (this.wasSentInIgnorance(next.request)) {
        this.drop(next.request);
        continue;
      }
      const failed = await this.run(next.request);
      if (failed !== null && next.request.content.stop_on_error !== false) {
        this.rememberError(next, failed);
        await socketsRead();
        for (const { request } of this.waiting.splice(0)) this.drop(request);
      }
    }
    this.running = false;
  }

  private rememberError({ request, received }: Waiting, failed: number): void {
    const sent = sentAt(request);
    if (Number.isNaN(sent)) return;
    this.ignorantUntil.set(request.header.session, sent + (failed - received) - DATE_PRECISION);
  }

  /** Both times are the sender's, so that its clock need not agree with the kernel's. */
  private wasSentInIgnorance(request: Message): boolean {
    const until = this.ignorantUntil.get(request.header.session);
    return until !== undefined && sentAt(request) < until;
  }
}

function sentAt(request: Message): number {
  return Date.parse(request.header.date ?? '');
}

/** Resolves when everything that had reached the sockets has been read: two turns of Node's event loop. */
async function socketsRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
