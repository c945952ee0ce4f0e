import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The functions of `selfsup` whose first call may draw or download data. */
const LOADERS = ['loadImageData', 'loadSentenceData'];

/**
 * The loaders that notebooks call.
 *
 * @param {string[]} texts the notebook files
 */
export function loadersIn(texts) {
  return LOADERS.filter((loader) => texts.some((text) => text.includes(loader)));
}

/**
 * Loads the course's data once, in a process of its own, so that they are drawn or downloaded and cached before the
 * first notebook starts. What goes wrong is printed and left to the notebooks, which say it where it matters.
 *
 * @param {string[]} loaders as {@link loadersIn} gives them
 * @param {{ environment: NodeJS.ProcessEnv, stream: NodeJS.WriteStream, signal: AbortSignal }} surroundings
 */
export async function prepareData(loaders, { environment, stream, signal }) {
  if (loaders.length === 0 || signal.aborted) return;
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...loaders], {
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

/** The child process: loads and prints at most one line of progress a second, then what was chosen. */
async function load(loader) {
  const course = createRequire(import.meta.url)('selfsup-course');
  let last = Date.now();
  const { reason } = await course[loader]({
    onProgress: ({ label, done, total, unit }) => {
      if (Date.now() - last < 1000) return;
      last = Date.now();
      console.log(`${label}: ${done}${total === null ? '' : ` of ${total}`} ${unit}`);
    },
  });
  console.log(reason);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const loader of process.argv.slice(2)) {
    await load(loader).catch((error) => {
      console.log(`${loader} could not prepare its data: ${error.message}`);
      process.exitCode = 1;
    });
  }
}
