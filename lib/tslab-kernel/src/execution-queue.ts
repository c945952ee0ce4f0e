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
 * After an error or an interrupt, cells that were asked for before anybody could know of it are dropped, as Jupyter's protocol wants,
 * and no others. Those are: every cell that waits here; and every cell that arrives later but was sent before, by the sender's own
 * clock. (tslab drops what arrives in the next 200 ms, be it sent before the error or in answer to it.)
 */
export class ExecutionQueue {
  private waiting: Waiting[] = [];
  private current: Waiting | null = null;
  private doomed: Waiting[] = [];
  /** For each client, until when by its own clock its requests were sent in ignorance of the error, in ms. */
  private readonly ignorantUntil = new Map<string, number>();

  /**
   * @param run executes a request, and calls `failing` before it tells anybody of an error
   * @param drop answers a request that is not executed
   */
  constructor(
    private readonly run: (request: Message) => Promise<void>,
    private readonly drop: (request: Message) => void,
  ) {}

  add(request: Message): void {
    this.waiting.push({ request, received: performance.now() });
    if (this.current === null) void this.work();
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (this.wasSentInIgnorance(next.request)) {
        this.drop(next.request);
        continue;
      }
      this.current = next;
      await this.run(next.request);
      for (const { request } of this.doomed.splice(0)) this.drop(request);
    }
    this.current = null;
  }

  /** Notes that the running request fails; resolves when the requests that nobody could hold back have been read. */
  async failing(): Promise<void> {
    if (!this.noteIgnorance()) return;
    await socketsRead();
    this.doomWaiting();
  }

  /** Notes that an interrupt has come, however the running request ends: what waits for it is not run. */
  interrupted(): void {
    if (this.noteIgnorance()) this.doomWaiting();
  }

  /** @returns whether there is a running request whose end matters to those after it */
  private noteIgnorance(): boolean {
    if (this.current === null || this.current.request.content.stop_on_error === false) return false;
    const { request, received } = this.current;
    const sent = sentAt(request);
    if (!Number.isNaN(sent)) {
      const until = sent + (performance.now() - received) - DATE_PRECISION;
      this.ignorantUntil.set(request.header.session, until);
    }
    return true;
  }

  private doomWaiting(): void {
    this.doomed.push(...this.waiting.splice(0));
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
