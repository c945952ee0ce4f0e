import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lives, thisProcess } from './process-identity';

/** Process, its start (0: unknown) and a random number. */
const ENDING = /^(?<pid>\d+)-(?<started>\d+)-[0-9a-f]{12}\.partial$/;

/** A unique name beside a file, for what is not yet, or no longer, its content; it says whose it is. */
export function partialPath(file: string): string {
  const { pid, started } = thisProcess();
  return `${file}.${pid}-${started ?? 0}-${randomBytes(6).toString('hex')}.partial`;
}

/** Removes what processes that are gone have left beside a file under such names. */
export async function removeAbandonedPartials(file: string): Promise<void> {
  const start = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    const owner = name.startsWith(start) && ENDING.exec(name.slice(start.length))?.groups;
    if (!owner) continue;
    const started = owner.started === '0' ? null : (owner.started as string);
    if (lives({ pid: Number(owner.pid), started })) continue;
    await rm(join(dirname(file), name), { force: true });
  }
}
