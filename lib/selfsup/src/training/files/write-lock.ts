import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { partialPath } from './partial-file';
import { lives, type ProcessIdentity, thisProcess } from './process-identity';

/** Who is writing a file, as its lock says. */
interface LockHolder extends ProcessIdentity {
  readonly host: string;
  /** Differs for every time a lock is taken. */
  readonly token: string;
}

/** A write takes seconds; a lock that is older belongs to a process that was killed on another machine. */
const ABANDONED_AFTER = 5 * 60_000;
/** A lock is empty between its creation and the writing of its holder, for a moment. */
const EMPTY_FOR_AT_MOST = 10_000;
const POLL = 20;

/**
 * Takes the lock of a file for the time of one write: a file beside it, `<file>.lock`, that says which process holds it.
 * A lock left by a killed process is broken.
 *
 * Not the lock of verified-download: that one is held for minutes and shows by a heartbeat that it is, this one for one write, during
 * which a training goes on; and this package knows nothing of downloads.
 *
 * @param patience Milliseconds to wait for another writer. Default 60 s.
 * @returns Releases the lock.
 * @throws Error naming the holder when it does not release it in time; or one of the file system.
 */
export async function takeWriteLock(file: string, patience = 60_000): Promise<() => Promise<void>> {
  const lock = `${file}.lock`;
  const holder = { ...thisProcess(), host: hostname(), token: randomUUID() };
  const own = JSON.stringify(holder satisfies LockHolder);
  const deadline = Date.now() + patience;
  while (!(await created(lock, own))) {
    const found = await readIfThere(lock);
    if (found === null) continue;
    const other = parseHolder(found);
    if (await isAbandoned(lock, other)) {
      await takeAway(lock, found, partialPath(file));
    } else if (Date.now() >= deadline) {
      const who = other === null ? 'another process' : `process ${other.pid} on ${other.host}`;
      throw new Error(
        `${who} has been writing it for ${Math.round(patience / 1000)} s; if that process is gone, remove ${lock}`,
      );
    } else {
      await wait(POLL);
    }
  }
  return () => takeAway(lock, own, partialPath(file));
}

async function created(lock: string, content: string): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(lock, 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
  try {
    await handle.writeFile(content);
    await handle.close();
  } catch (cause) {
    // On a full disk the file can be made, and nothing written into it: it would be left, and hold up the next writer.
    await handle.close().catch(() => {});
    await rm(lock, { force: true });
    throw cause;
  }
  return true;
}

/**
 * Takes a lock away, unless it is another's by now. Reading it and then removing it would not do: between the two another
 * waiter may have done the same, and what is removed is its new lock. So it is moved aside, looked at, and put back.
 */
async function takeAway(lock: string, expected: string, aside: string): Promise<void> {
  if ((await readIfThere(lock)) !== expected) return;
  try {
    await rename(lock, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await putBack(aside, lock);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  } finally {
    await rm(aside, { force: true });
  }
}

async function putBack(aside: string, lock: string): Promise<void> {
  try {
    await link(aside, lock);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    // File systems without hard links (exFAT, some network shares).
    await rename(aside, lock);
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return Number.isInteger(holder.pid) && typeof holder.host === 'string' ? holder : null;
  } catch {
    return null;
  }
}

async function isAbandoned(lock: string, holder: LockHolder | null): Promise<boolean> {
  let age: number;
  try {
    age = Date.now() - (await stat(lock)).mtimeMs;
  } catch {
    // It has just been released.
    return false;
  }
  if (holder === null) return age > EMPTY_FOR_AT_MOST;
  if (holder.host !== hostname()) return age > ABANDONED_AFTER;
  return !lives(holder);
}
