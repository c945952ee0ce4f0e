import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder's name says which process made it, so that what a killed one left behind can be told. */
const NAME = /^selfsup-(\d+)-\w{6}$/;

/** What Jupyter adds to the folder for the path of a socket: `/kernel-<36 characters>-ipc-5`. */
const LONGEST_SOCKET_NAME = 50;
/** The longest path of a socket: 107 bytes on Linux, 103 on macOS. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Removes what runs that were killed have left in the folder. */
function sweep(base) {
  for (const name of readdirSync(base)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(base, name), { recursive: true });
    } catch {
      // Another user's.
    }
  }
}

/** A folder that only this user can read, with a path short enough for sockets; `undefined` where there is none. */
function privateFolder(env) {
  for (const base of [env.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    const prefix = join(base ?? '', `selfsup-${process.pid}-`);
    if (!base || Buffer.byteLength(prefix) + 6 + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH)
      continue;
    try {
      sweep(base);
      return mkdtempSync(prefix);
    } catch {
      // Not to be written; the next one.
    }
  }
  return undefined;
}

/**
 * Lets Jupyter and its kernels talk through sockets in a folder of this run that only this user can open, in place of
 * TCP ports, which every user of the machine can. Windows has none, and `SELFSUP_KERNEL_TRANSPORT=tcp` wants none (a
 * stock tslab, for instance, knows only TCP).
 *
 * @param {NodeJS.ProcessEnv} env the environment that Jupyter would get
 * @returns {{ env: NodeJS.ProcessEnv, transport: 'ipc' | 'tcp', remove: () => void }} the environment it gets; `remove`
 * is called when nothing runs any more
 */
export function privateRuntime(env) {
  const wanted = process.platform !== 'win32' && env.SELFSUP_KERNEL_TRANSPORT !== 'tcp';
  const folder = wanted ? privateFolder(env) : undefined;
  if (folder === undefined) {
    return {
      env: { ...env, SELFSUP_KERNEL_TRANSPORT: 'tcp' },
      transport: 'tcp',
      remove: () => undefined,
    };
  }
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  return {
    env: { ...env, JUPYTER_RUNTIME_DIR: folder, SELFSUP_KERNEL_TRANSPORT: 'ipc' },
    transport: 'ipc',
    remove,
  };
}
