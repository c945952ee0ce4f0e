import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const INTERVAL_MS = 1000;
const SHELLS = new Set(['sh', 'ash', 'bash', 'dash', 'fish', 'ksh', 'zsh']);

/**
 * What a process is called, and its parent; `undefined` where it is gone.
 *
 * @param {number} pid
 */
function processEntry(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name stands in brackets and may hold spaces and brackets itself.
      const end = stat.lastIndexOf(')');
      const [, parent] = stat.slice(end + 2).split(' ');
      return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(parent) };
    }
    const text = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', `${pid}`], { encoding: 'utf8' });
    const [, parent, name = ''] = /^\s*(\d+)\s+(.*)/.exec(text) ?? [];
    return { name: basename(name).replace(/^-/, ''), parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/**
 * Ends this process as SIGTERM does when npm, which started it, is gone: an npm that is killed with -9 passes no signal on.
 * Where a shell stands between the two, that shell's parent counts too. Started without npm, the process stays.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function endWithNpm(env) {
  if (env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const entry = processEntry(parent);
  const shellOf = entry !== undefined && SHELLS.has(entry.name) ? entry.parent : undefined;
  const isThere = () =>
    process.ppid === parent && (shellOf === undefined || processEntry(parent)?.parent === shellOf);
  const watch = setInterval(() => {
    if (isThere()) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, INTERVAL_MS);
  watch.unref();
}
