/** How often the kernel looks whether the program that started it still lives, in ms. */
const INTERVAL = 1000;

/** Ends with its parent: a Jupyter that was killed leaves no kernel behind. Only where Jupyter says that it is the parent. */
export function endWithParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (process.platform === 'win32' || !parent || process.ppid !== parent) return;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, INTERVAL).unref();
}
