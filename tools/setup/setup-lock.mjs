import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 5_000;
const STALE_MS = 60_000;

function ownerIsGone(file) {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'));
    if (host !== hostname()) return Date.now() - statSync(file).mtimeMs > STALE_MS;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === 'EPERM') return false; // alive, another user's
    if (error.code === 'ENOENT') return false; // released meanwhile: the next attempt takes it
    // No such process, or a lock file cut off in the middle of its only write.
    return error.code === 'ESRCH' || Date.now() - statSync(file).mtimeMs > BEAT_MS;
  }
}

/**
 * Runs `work` while holding the lock `file`, so that two set-ups never write one folder. Waits for another holder;
 * a lock whose process has died (a set-up killed half-way) is taken over.
 */
export async function withLock(file, report, work) {
  mkdirSync(dirname(file), { recursive: true });
  for (let said = false; ; ) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ownerIsGone(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!said) report.say('  Another set-up is at work; waiting for it …');
    said = true;
    await sleep(500);
  }
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}
