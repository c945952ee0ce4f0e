import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';

/** @throws TensorFlowInstallError when the disk of the cache folder has less than `megabytes` left */
export function requireDiskSpace(context: EngineContext, megabytes: number): void {
  const free = context.freeBytes(context.cacheDir) / 1e6;
  if (free >= megabytes) return;
  throw new TensorFlowInstallError(
    'storage',
    `TensorFlow's libraries need ${Math.ceil(megabytes)} MB in ${context.cacheDir}, where ${Math.floor(free)} MB are free`,
    `free some, then ${tryAgain(context)}`,
  );
}
