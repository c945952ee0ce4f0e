import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type EngineContext, tryAgain } from './engine-context';
import { TensorFlowInstallError } from './errors';

/** Bytes a user may still write on the disk that holds `path`, which need not exist yet. */
export function freeBytes(path: string): number {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  const disk = statfsSync(folder);
  return disk.bavail * disk.bsize;
}

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
