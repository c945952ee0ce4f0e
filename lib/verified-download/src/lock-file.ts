import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { errorCode, storageError } from './errors';
import type { ProcessIdentity } from './process-identity';

/** Who holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** Differs for every time a lock is taken. */
  readonly token: string;
  readonly host: string;
  /** ISO date and time. */
  readonly since: string;
  /** What it is held for; may be empty. */
  readonly purpose: string;
}

/** A lock file of a holder that has no name: damaged, or not ours. It is as stale as its silence. */
const UNKNOWN = { pid: 0, started: null, machine: '', host: 'an unknown machine', purpose: '' };

function parseHolder(text: string, modified: Date): LockHolder {
  try {
    const holder = JSON.parse(text) as LockHolder;
    const isText = [holder.token, holder.machine, holder.host, holder.since, holder.purpose].every(
      (field) => typeof field === 'string',
    );
    const isStart = holder.started === null || typeof holder.started === 'string';
    if (isText && isStart && Number.isInteger(holder.pid) && holder.pid > 0) return holder;
  } catch {
    // Told below.
  }
  return { ...UNKNOWN, token: text, since: modified.toISOString() };
}

/** The file of a lock: made, read, renewed and taken away atomically. @internal */
export class LockFile {
  constructor(readonly path: string) {}

  /**
   * Makes the lock with its content at once, so that nobody reads half of it.
   *
   * @returns `false` when there is one already.
   * @throws StorageError
   */
  make(holder: LockHolder): boolean {
    const draft = `${this.path}.${holder.token}`;
    const text = JSON.stringify(holder);
    try {
      try {
        writeFileSync(draft, text, { flag: 'wx' });
        linkSync(draft, this.path);
      } finally {
        // Also where a full disk let the file be made and nothing be written.
        rmSync(draft, { force: true });
      }
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      // File systems without hard links (exFAT, some network shares).
      if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '')) {
        return this.#makeWithoutLink(text);
      }
      throw storageError(this.path, 'made', error);
    }
  }

  #makeWithoutLink(text: string): boolean {
    try {
      writeFileSync(this.path, text, { flag: 'wx' });
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      // It may have been made without its content.
      rmSync(this.path, { force: true });
      throw storageError(this.path, 'made', error);
    }
  }

  /** Holder and last renewal (milliseconds), or `null` when there is no lock. @throws StorageError */
  read(path: string = this.path): { holder: LockHolder; beat: number } | null {
    try {
      const { mtime } = statSync(path);
      return { holder: parseHolder(readFileSync(path, 'utf8'), mtime), beat: mtime.getTime() };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw storageError(path, 'read', error);
    }
  }

  /** Takes away the lock of a holder that is gone, unless it is another's by now. @throws StorageError */
  takeAway(holder: LockHolder): void {
    const aside = `${this.path}.${holder.token.slice(0, 36).replace(/\W/g, '-')}.${process.pid}.stale`;
    try {
      if (this.read()?.holder.token !== holder.token) return;
      renameSync(this.path, aside);
      // Another waiter may have been faster, and this is its new lock: it is put back.
      if (this.read(aside)?.holder.token !== holder.token) this.#putBack(aside);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw storageError(this.path, 'taken over', error);
    }
    rmSync(aside, { force: true });
  }

  #putBack(aside: string): void {
    try {
      linkSync(aside, this.path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return;
      // File systems without hard links.
      renameSync(aside, this.path);
    }
  }

  /** Shows that the holder lives. @returns `false` when the lock is another's by now. */
  renew(holder: LockHolder): boolean {
    try {
      if (this.read()?.holder.token !== holder.token) return false;
      const now = new Date();
      utimesSync(this.path, now, now);
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the lock, if it is still this holder's. */
  release(holder: LockHolder): void {
    try {
      if (this.read()?.holder.token === holder.token) rmSync(this.path, { force: true });
    } catch {
      // The folder is gone or was made read-only; the lock goes stale with this process.
    }
  }
}
