import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { configurationCommand, endedEarly, GUARD, parseMessage } from './configuration-process';
import { type Engine, EngineError, type EngineEvents } from './engine';
import type { Task } from './grid';

const DRIVER = join(__dirname, 'dask_driver.py');

/** Where a cluster is and what its workers have. */
export interface DaskEngineOptions {
  /** Of the scheduler. */
  readonly address: string;
  /** Path of the set-up clone on each worker. */
  readonly clone: string;
  /** A Python with the package distributed, of the versions the cluster has. */
  readonly python: string;
  /** Folder of studies. */
  readonly studies: string;
}

/** A line of the driver. */
type DriverEvent =
  | { readonly event: 'connected'; readonly workers: number; readonly threads: number }
  | { readonly event: 'unusable'; readonly message: string }
  | {
      readonly event: 'end';
      readonly task: number;
      readonly status: number | string;
      readonly output: string;
      readonly errors: string;
    };

/**
 * Hands configurations to a Dask cluster, one task each; a task whose worker is lost is given to another by Dask. The
 * driver, a small Python program, ends with this process, and its tasks with it.
 */
export class DaskEngine implements Engine {
  width = 1;

  constructor(private readonly options: DaskEngineOptions) {}

  async run(tasks: readonly Task[], events: EngineEvents, signal: AbortSignal): Promise<void> {
    const { address, clone, python, studies } = this.options;
    const driver = spawn(python, [DRIVER], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const stop = () => driver.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const waiting = new Set(tasks);
    let errors = '';
    let unusable: string | null = null;
    driver.stdin.on('error', () => {});
    driver.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-8000);
    });
    // The pipe stays open: its end tells the driver that this process is gone.
    driver.stdin.write(
      `${JSON.stringify({ address, clone, guard: GUARD, commands: tasks.map((task) => configurationCommand(studies, task)) })}\n`,
    );
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
      else if (event.event === 'connected') {
        this.width = Math.max(1, event.threads);
        events.onNotice(
          `Dask cluster at ${address}: ${event.workers} workers, ${event.threads} configurations at once.`,
        );
      } else {
        const task = tasks[event.task] as Task;
        waiting.delete(task);
        const messages = event.output.split('\n').map(parseMessage);
        const outcome = messages.flatMap((message) =>
          message !== null && 'outcome' in message ? [message.outcome] : [],
        )[0];
        await events.onEnd(task, outcome ?? endedEarly(event.status, event.errors));
      }
    }
    const status = await ended;
    signal.removeEventListener('abort', stop);
    if (signal.aborted || (waiting.size === 0 && unusable === null)) return;
    throw new EngineError(
      unusable ??
        `The driver of the Dask cluster (${python}) ended with ${status ?? 'an error'} before its ${waiting.size} last configurations:\n` +
          `${errors.trim()}\nThe same command goes on from here.`,
    );
  }
}
