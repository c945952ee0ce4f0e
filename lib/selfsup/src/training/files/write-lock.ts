import { readFileSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

/** Who is writing a file, as its lock says. */
interface LockHolder {
  readonly pid: number;
  /** When the process began, so that a later process of the same number is not taken for it. `null` where unknown. */
  readonly started: string | null;
  readonly host: string;
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
 * @param patience Milliseconds to wait for another writer. Default 60 s.
 * @returns Releases the lock.
 * @throws Error naming the holder when it does not release it in time; or one of the file system.
 */
export async function takeWriteLock(file: string, patience = 60_000): Promise<() => Promise<void>> {
  const lock = `${file}.lock`;
  const deadline = Date.now() + patience;
  while (!(await created(lock))) {
    const holder = await readHolder(lock);
    if (await isAbandoned(lock, holder)) {
      await rm(lock, { force: true });
    } else if (Date.now() >= deadline) {
      const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`;
      throw new Error(
        `${who} has been writing it for ${Math.round(patience / 1000)} s; if that process is gone, remove ${lock}`,
      );
    } else {
      await wait(POLL);
    }
  }
  return () => rm(lock, { force: true });
}

async function created(lock: string): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(lock, 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
  try {
    const holder: LockHolder = {
      pid: process.pid,
      started: startOf(process.pid),
      host: hostname(),
    };
    await handle.writeFile(JSON.stringify(holder));
    await handle.close();
  } catch (cause) {
    // On a full disk the file can be made, and nothing written into it: it would be left, and hold up the next writer.
    await handle.close().catch(() => {});
    await rm(lock, { force: true });
    throw cause;
  }
  return true;
}

async function readHolder(lock: string): Promise<LockHolder | null> {
  try {
    const { pid, started, host } = JSON.parse(await readFile(lock, 'utf8')) as LockHolder;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, started, host } : null;
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

function lives({ pid, started }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // Another user's process may not be signalled, but it lives.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const start = startOf(pid);
  return started === null || start === null || start === started;
}

/** When a process began, in clock ticks since the machine did: field 22 of Linux's /proc/PID/stat. */
function startOf(pid: number): string | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may hold spaces.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
