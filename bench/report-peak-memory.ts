/** Loaded into a program before its own files: when it ends, it says in `PEAK_MEMORY_FILE` how much memory it had at most, in MB. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  // Node gives kilobytes on every system.
  const megabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  writeFileSync(process.env.PEAK_MEMORY_FILE as string, String(megabytes));
});
