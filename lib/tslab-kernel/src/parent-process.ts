import { Worker } from 'node:worker_threads';

/** How often the kernel looks whether the program that started it still lives, in ms. */
const INTERVAL = 1000;
/** How long a kernel that nobody needs any more may take to end by itself, in ms. */
const GRACE = 2000;

/** Whether the process with this number lives. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Runs in a thread of its own, since a cell's endless loop keeps the kernel's timers from running. */
const WATCH = `
const { workerData: { parent, isChild, interval, grace } } = require('node:worker_threads');
const lives = () => {
  if (isChild) return process.ppid === parent;
  try { process.kill(parent, 0); return true; } catch (error) { return error.code === 'EPERM'; }
};
setInterval(() => {
  if (!lives()) setTimeout(() => process.kill(process.pid, 'SIGKILL'), grace);
}, interval);
`;

/**
 * Ends with the program that started the kernel, also in the middle of an endless loop: a Jupyter that was killed leaves no
 * kernel behind. Which program that is, Jupyter says in `JPY_PARENT_PID`; where it does not, the kernel stays.
 */
export function endWithParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (process.platform === 'win32' || !parent) return;
  // Something may stand between Jupyter and the kernel, a shell for instance.
  const isChild = process.ppid === parent;
  if (!isChild && !isAlive(parent)) {
    // Gone before the kernel had started. In a container of its own, the number is of another world, and says nothing.
    if (process.ppid === 1) process.exit(1);
    return;
  }
  setInterval(() => {
    if (isChild ? process.ppid !== parent : !isAlive(parent)) process.exit(1);
  }, INTERVAL).unref();
  const watch = new Worker(WATCH, {
    eval: true,
    workerData: { parent, isChild, interval: INTERVAL, grace: GRACE },
    // Nothing that the kernel was told to load or to find.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  // Without it the timer above still looks, between cells.
  watch.on('error', () => undefined);
  watch.unref();
}
