import { readFileSync } from 'node:fs';

/** A process of this machine, told from a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began; `null` where that is unknown. */
  readonly started: string | null;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** Whether a process still runs; where its start is unknown, whether one of its number does. */
export function lives({ pid, started }: ProcessIdentity): boolean {
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
