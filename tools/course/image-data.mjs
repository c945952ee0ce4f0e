import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Loads the course's images once, in a process of its own, so that they are drawn or downloaded and cached before
 * the first notebook starts. What goes wrong is printed and left to the notebooks, which say it where it matters.
 *
 * @param {{ environment: NodeJS.ProcessEnv, stream: NodeJS.WriteStream, signal: AbortSignal }} surroundings
 */
export async function prepareImageData({ environment, stream, signal }) {
  if (signal.aborted) return;
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  child.stdout.on('data', (text) => stream.write(text));
  await new Promise((resolve) => {
    child.on('error', resolve);
    child.on('close', resolve);
  });
  signal.removeEventListener('abort', stop);
}

/** The child process: loads the images and prints at most one line of progress a second, then what was chosen. */
async function load() {
  const { loadImageData } = createRequire(import.meta.url)('selfsup');
  let last = Date.now();
  const { reason } = await loadImageData({
    onProgress: ({ label, done, total, unit }) => {
      if (Date.now() - last < 1000) return;
      last = Date.now();
      console.log(`${label}: ${done}${total === null ? '' : ` of ${total}`} ${unit}`);
    },
  });
  console.log(reason);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  load().catch((error) => {
    console.log(`The images could not be prepared: ${error.message}`);
    process.exitCode = 1;
  });
}
