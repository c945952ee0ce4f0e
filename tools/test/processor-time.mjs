import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of processor time, user and system, of the child processes that have ended, theirs included; on a busy
 * machine it says what wall-clock time does not.
 *
 * @returns {number | undefined} `undefined` where the system has no `/proc`
 */
export function childProcessorSeconds() {
  try {
    // The second field, the program's name, may hold spaces; the count starts after its closing parenthesis.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [user, system] = [Number(fields[13]), Number(fields[14])];
    return (user + system) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
