import { setTimeout as delay } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { AbortedError, errorCode, StorageError } from './errors';

const POLL_MILLISECONDS = 300;

/**
 * Runs `work` while no other process runs it for the same `path`. A lock whose owner died is taken over after 15 s.
 *
 * @param waiting is called once when another process holds the lock.
 * @throws AbortedError while waiting; StorageError when the lock cannot be made or is lost.
 */
export async function withExclusiveAccess<T>(
  path: string,
  signal: AbortSignal | undefined,
  waiting: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  let lost: Error | undefined;
  let release: (() => Promise<void>) | undefined;
  let told = false;
  while (release === undefined) {
    if (signal?.aborted) throw new AbortedError(signal);
    try {
      release = await lockfile.lock(path, {
        realpath: false,
        stale: 15_000,
        update: 3_000,
        onCompromised: (error) => {
          lost = error;
          ended.abort(error);
        },
      });
    } catch (error) {
      if (errorCode(error) !== 'ELOCKED') {
        throw new StorageError(
          `${path}.lock cannot be made (${(error as Error).message}). Make the folder writable, or choose another with dataDir.`,
          path,
          { cause: error },
        );
      }
      if (!told) waiting();
      told = true;
      await delay(POLL_MILLISECONDS);
    }
  }
  // By hand: AbortSignal.any came with Node 20.3.
  const forward = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  if (signal?.aborted) forward();
  try {
    return await work(ended.signal);
  } catch (error) {
    if (lost !== undefined && !signal?.aborted) {
      throw new StorageError(
        `The lock ${path}.lock was taken by another process while the data were being fetched. Try again.`,
        path,
        { cause: lost },
      );
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', forward);
    // A lost lock is somebody else's by now.
    await release().catch(() => undefined);
  }
}
