import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from './errors';

/** A process, told from every other one, also from a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the system's own words; `null` where the system does not tell it cheaply (Windows). */
  readonly started: string | null;
  /** The running system in which `pid` counts: host, boot and, in a container, its process namespace. */
  readonly machine: string;
}

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

let machine: string | null = null;

/** @internal */
export function thisMachine(): string {
  machine ??= [
    hostname(),
    readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    readOr(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
  return machine;
}

/**
 * When a process of this machine began; `null` where it cannot be told.
 *
 * On Linux, ticks since boot: field 22 of `/proc/<pid>/stat`, see proc_pid_stat(5); on macOS, what `ps` says.
 *
 * @internal
 */
export function startOfProcess(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold spaces and brackets itself.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    if (process.platform === 'darwin') {
      const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const;
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || null;
    }
  } catch {
    // It has ended, or the system hides other users' processes.
  }
  return null;
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

let own: ProcessIdentity | null = null;

/** @internal */
export function thisProcess(): ProcessIdentity {
  if (own?.pid !== process.pid) {
    own = { pid: process.pid, started: startOfProcess(process.pid), machine: thisMachine() };
  }
  return own;
}

/**
 * Whether a process still runs.
 *
 * @internal
 * @returns `null` where it cannot be told: it is another machine's, or its number lives and its start is not known.
 */
export function isRunning({ pid, started, machine: where }: ProcessIdentity): boolean | null {
  if (where !== thisMachine()) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and another user's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  if (isZombie(pid)) return false;
  const now = startOfProcess(pid);
  if (started === null || now === null) return null;
  return started === now;
}
