import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SetupError } from './setup-error.mjs';

/** Bytes a user may still write on the disk that holds `path`, which need not exist yet. */
export function freeBytes(path) {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  const disk = statfsSync(folder);
  return disk.bavail * disk.bsize;
}

/** @throws SetupError when the disk of `folder` has less than `megabytes` left for `purpose`. */
export function requireDiskSpace(context, folder, megabytes, purpose) {
  const free = context.freeBytes(folder) / 1e6;
  if (free < megabytes) {
    throw new SetupError(
      `${purpose} need ${megabytes} MB in ${folder}, where ${Math.floor(free)} MB are free; free some, ` +
        'then run "npm run setup" again.',
    );
  }
}
