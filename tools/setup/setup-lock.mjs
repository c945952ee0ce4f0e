import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './setup-error.mjs';

const BEAT_MS = 5_000;
const STALE_MS = 60_000;

/** When a process of this machine began, in the system's own words; `null` where it does not tell. */
function startOfProcess(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold spaces and brackets itself.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Whether the lock of this content was left by a set-up that is gone. */
function ownerIsGone(file, content) {
  try {
    const { pid, host, started } = JSON.parse(content);
    if (host !== hostname()) return Date.now() - statSync(file).mtimeMs > STALE_MS;
    process.kill(pid, 0);
    // The number lives; is it the same process?
    const now = startOfProcess(pid);
    if (typeof started === 'string' && now !== null) return started !== now;
    return Date.now() - statSync(file).mtimeMs > STALE_MS;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EPERM') return false; // alive, another user's
    if (code === 'ENOENT') return false; // released meanwhile: the next attempt takes it
    if (code === 'ESRCH') return true; // no such process
    // A lock file cut off in the middle of its only write.
    return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > BEAT_MS;
  }
}

/** What the lock says; `null` where there is none. */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Takes away a lock of this content. Another set-up that waits may have been faster, and what is there now is its new lock: so it is
 * moved aside, looked at, and put back.
 */
function takeAway(file, content) {
  if (contentOf(file) !== content) return;
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') !== content) putBack(aside, file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  rmSync(aside, { force: true });
}

/** A link, unlike a new name, leaves alone what a third set-up may have put there meanwhile. */
function putBack(aside, file) {
  try {
    linkSync(aside, file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return;
    // File systems without hard links (exFAT, some network shares).
    renameSync(aside, file);
  }
}

function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new SetupError(
      `The cache folder ${dirname(folder)} cannot be made or written (${message}); correct that, or name another ` +
        'by the variable SELFSUP_CACHE, then run "npm run setup" again.',
      { cause: error },
    );
  }
}

/** @returns false when the lock is held */
function take(file, own) {
  try {
    writeFileSync(file, own, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return false;
    // On a full disk the file can be made, and nothing written into it.
    rmSync(file, { force: true });
    throw new SetupError(
      `The lock ${file} cannot be made (${message}); correct that, or name another cache folder by the variable ` +
        'SELFSUP_CACHE, then run "npm run setup" again.',
      { cause: error },
    );
  }
}

/**
 * Runs `work` while holding the lock `file`, so that two set-ups never write one folder. Waits for another holder;
 * a lock whose process has died (a set-up killed half-way) is taken over, also when its number is another's by now.
 *
 * verified-download's lock does the same with more comfort, but set-up runs before any package is there or compiled.
 */
export async function withLock(file, report, work) {
  makeFolder(dirname(file));
  const started = startOfProcess(process.pid);
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started });
  for (let said = false; !take(file, own); ) {
    const content = contentOf(file);
    if (content === null) continue;
    if (ownerIsGone(file, content)) {
      takeAway(file, content);
      continue;
    }
    if (!said) report.say('  Another set-up is at work; waiting for it …');
    said = true;
    await sleep(500);
  }
  const beat = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // Somebody deleted the cache folder; the work itself says so.
    }
  }, BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    // It is another's where this process was held up, its machine asleep, for so long that it seemed to be gone.
    takeAway(file, own);
  }
}
