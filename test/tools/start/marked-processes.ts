import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a file of `/proc` says; empty where the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** A listening TCP socket of a process. */
export interface Listener {
  readonly pid: number;
  readonly program: string;
  /** As `/proc/net/tcp` writes it: hexadecimal address and port. */
  readonly address: string;
}

/** 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 as Linux writes them on a little-endian machine. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):/;

/** Whether the socket can be reached from this machine alone. */
export function isLoopback({ address }: Listener): boolean {
  return LOOPBACK.test(address);
}

/** The processes on this machine (Linux) that inherited a text in their environment, however often their parents changed. */
export function markedProcesses(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).includes(mark))
    .filter((pid) => !/^\d+ \(.*\) Z/.test(read(`/proc/${pid}/stat`)))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** The command line of a process. */
export function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** The TCP sockets on which the processes listen. */
export function listeners(pids: readonly number[]): Listener[] {
  const byInode = new Map<string, string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const [, address, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && inode !== undefined) byInode.set(`socket:[${inode}]`, address ?? '');
    }
  }
  const found: Listener[] = [];
  for (const pid of pids) {
    for (const name of descriptors(pid)) {
      const address = byInode.get(name);
      if (address !== undefined) found.push({ pid, program: commandLine(pid), address });
    }
  }
  return found;
}

function descriptors(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(`${folder}/${name}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
