import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, LockError } from './errors';
import { LockFile, type LockHolder } from './lock-file';
import { isRunning, thisProcess } from './process-identity';

const POLL_MILLISECONDS = 200;
const HEARTBEAT_MILLISECONDS = 5_000;
/** A lock whose holder cannot be asked after is stale when its heartbeat has not moved for so long. */
const SILENCE_MILLISECONDS = 60_000;

/** Options of {@link withLock}. */
export interface LockOptions {
  /** What the lock is held for, told to those who wait: `downloading SST-2`. */
  readonly purpose?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  readonly onWaiting?: (holder: LockHolder) => void;
  /** Milliseconds to wait for another holder; default: for as long as it lives. */
  readonly timeout?: number;
}

/** Who holds a lock, for a reader: `process 4711 on lab-3, downloading SST-2 since 14:03:22`. */
export function describeHolder({ pid, host, purpose, since }: LockHolder): string {
  const from = new Date(since);
  const time = Number.isNaN(from.getTime()) ? since : from.toTimeString().slice(0, 8);
  return `process ${pid} on ${host}${purpose === '' ? '' : `, ${purpose}`} since ${time}`;
}

/** Watches one holder, by a clock of our own: those of two machines may differ. */
class HolderWatch {
  #token = '';
  #beat = -1;
  #since = 0;

  /** Whether the holder is gone. */
  isGone(holder: LockHolder, beat: number): boolean {
    const alive = isRunning(holder);
    if (alive !== null) return !alive;
    const now = performance.now();
    if (holder.token !== this.#token || beat !== this.#beat) {
      this.#token = holder.token;
      this.#beat = beat;
      this.#since = now;
    }
    return now - this.#since > SILENCE_MILLISECONDS;
  }
}

async function acquire(lock: LockFile, own: LockHolder, options: LockOptions): Promise<void> {
  const { signal, onWaiting, timeout = Number.POSITIVE_INFINITY } = options;
  const watch = new HolderWatch();
  const begun = performance.now();
  let told = false;
  for (;;) {
    if (signal?.aborted) throw new AbortedError(signal);
    const found = lock.read();
    if (found === null) {
      if (lock.make(own)) return;
      continue;
    }
    if (watch.isGone(found.holder, found.beat)) {
      lock.takeAway(found.holder);
      continue;
    }
    if (!told) onWaiting?.(found.holder);
    told = true;
    if (performance.now() - begun > timeout) {
      throw new LockError({
        reason: 'locked',
        problem: `${lock.path} is held by ${describeHolder(found.holder)}.`,
        advice: 'Wait until it has ended, or end it, and try again.',
        path: lock.path,
      });
    }
    await delay(POLL_MILLISECONDS, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/**
 * Runs `work` while no other process, and no other call within this one, runs it for the same `path`. The lock is the
 * file `<path>.lock`; it names its holder by process number, start time and machine. A lock whose holder has ended is
 * taken over at once, also when the number belongs to another process by now; one of another machine when it has not
 * been renewed for a minute.
 *
 * @param work receives a signal that ends when the caller's does, or when the lock is lost.
 * @throws LockError with reason `locked` after `timeout`, `lock-lost` when the lock was taken away; StorageError when
 * the lock cannot be made; AbortedError while waiting.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, purpose = '' } = options;
  const lock = new LockFile(`${path}.lock`);
  const own: LockHolder = {
    ...thisProcess(),
    token: randomUUID(),
    host: thisProcess().machine.split(' ')[0] as string,
    since: new Date().toISOString(),
    purpose,
  };
  await acquire(lock, own, options);

  const ended = new AbortController();
  const lost = new LockError({
    reason: 'lock-lost',
    problem: `The lock ${lock.path} was taken away while its work went on.`,
    advice: 'Try again.',
    path: lock.path,
  });
  const heartbeat = setInterval(() => {
    if (!lock.renew(own)) ended.abort(lost);
  }, HEARTBEAT_MILLISECONDS);
  heartbeat.unref();
  // By hand: AbortSignal.any came with Node 20.3.
  const forward = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  if (signal?.aborted) forward();
  try {
    return await work(ended.signal);
  } catch (error) {
    if (ended.signal.reason === lost && !signal?.aborted) throw lost;
    throw error;
  } finally {
    clearInterval(heartbeat);
    signal?.removeEventListener('abort', forward);
    lock.release(own);
  }
}
