import { describeHolder, withLock } from 'verified-download';
import { asCifar10 } from './errors';

/**
 * Runs `work` while no other process runs it for the same `path`, see verified-download's `withLock`.
 *
 * @param waiting is called once when another process holds the lock, with who it is.
 * @throws AbortedError while waiting; StorageError when the lock cannot be made or is lost.
 */
export async function withExclusiveAccess<T>(
  path: string,
  signal: AbortSignal | undefined,
  waiting: (holder: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return asCifar10(
    withLock(
      path,
      {
        signal,
        purpose: 'fetching CIFAR-10',
        onWaiting: (holder) => waiting(describeHolder(holder)),
      },
      work,
    ),
  );
}
