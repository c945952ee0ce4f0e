import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GUARD } from './configuration-process';
import { EngineError } from './engine';

const DRIVER = join(__dirname, 'dask_driver.py');

/** Where a cluster is and what its workers have. */
export interface DaskCluster {
  /** Of the scheduler. */
  readonly address: string;
  /** Path of the set-up clone on each worker. */
  readonly clone: string;
  /** A Python with the package distributed, of the versions the cluster has. */
  readonly python: string;
}

/** How a command ended on a worker. */
export interface CommandEnd {
  /** Exit status, or what kept the command from running. */
  readonly status: number | string;
  /** All of its standard output. */
  readonly output: string;
  /** The end of its standard error. */
  readonly errors: string;
}

/** What is told of a cluster's work. */
export interface ClusterEvents {
  readonly onConnected: (workers: number, threads: number) => void;
  /** Each command once, by its position, unless the run is stopped. The next one is told when the promise is fulfilled. */
  readonly onEnd: (command: number, end: CommandEnd) => Promise<void>;
}

/** A line of the driver. */
type DriverEvent =
  | { readonly event: 'connected'; readonly workers: number; readonly threads: number }
  | { readonly event: 'unusable'; readonly message: string }
  | ({ readonly event: 'end'; readonly task: number } & CommandEnd);

/**
 * Runs Node on a Dask cluster, once for each command, as many at once as the cluster has threads; a command whose worker is
 * lost is given to another by Dask. The driver, a small Python program, ends with this process, and its commands with it.
 *
 * @param commands Arguments of Node, in a worker's clone.
 * @throws EngineError when there is no such cluster, or the driver ends before the commands.
 */
export async function runOnCluster(
  commands: readonly (readonly string[])[],
  { address, clone, python }: DaskCluster,
  events: ClusterEvents,
  signal: AbortSignal,
): Promise<void> {
  const driver = spawn(python, [DRIVER], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const stop = () => driver.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  let left = commands.length;
  let errors = '';
  let unusable: string | null = null;
  driver.stdin.on('error', () => {});
  driver.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8000);
  });
  // The pipe stays open: its end tells the driver that this process is gone.
  driver.stdin.write(`${JSON.stringify({ address, clone, guard: GUARD, commands })}\n`);
  const ended = new Promise<number | string | null>((resolve) => {
    driver.on('error', (error) => {
      unusable =
        `${python} cannot be started (${error.message}). Make an environment with Dask, and name its Python with ` +
        '--python: python3 -m venv /tmp/dask && /tmp/dask/bin/pip install -r studies/requirements-dask.txt';
      resolve(null);
    });
    driver.on('close', (code, ending) => resolve(code ?? ending));
  });
  for await (const line of createInterface({ input: driver.stdout })) {
    const event = JSON.parse(line) as DriverEvent;
    if (event.event === 'unusable') unusable = event.message;
    else if (event.event === 'connected') events.onConnected(event.workers, event.threads);
    else {
      left--;
      await events.onEnd(event.task, event);
    }
  }
  const status = await ended;
  signal.removeEventListener('abort', stop);
  if (signal.aborted || (left === 0 && unusable === null)) return;
  throw new EngineError(
    unusable ??
      `The driver of the Dask cluster (${python}) ended with ${status ?? 'an error'} before the last ${left} of ${commands.length}:\n` +
        `${errors.trim()}\nThe same command tries again.`,
  );
}
