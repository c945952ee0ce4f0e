import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes a user may still write on the disk that holds `path`, which need not exist yet. */
export function freeBytes(path: string): number {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  const disk = statfsSync(folder);
  return disk.bavail * disk.bsize;
}
