import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  configurationCommand,
  endedEarly,
  GUARD,
  type Outcome,
  parseMessage,
  ROOT,
} from './configuration-process';
import type { Engine, EngineEvents } from './engine';
import type { Task } from './grid';

/** Enough to see why a process ended. */
const ERROR_CHARACTERS = 8000;

/** Measures `width` configurations at a time on this machine. */
export class LocalEngine implements Engine {
  constructor(
    readonly width: number,
    private readonly studies: string,
  ) {}

  async run(tasks: readonly Task[], events: EngineEvents, signal: AbortSignal): Promise<void> {
    const waiting = [...tasks];
    const worker = async () => {
      for (;;) {
        const task = signal.aborted ? undefined : waiting.shift();
        if (task === undefined) return;
        events.onBegin(task);
        const outcome = await this.#measure(task, events, signal);
        if (!signal.aborted || outcome.kind === 'measured') await events.onEnd(task, outcome);
      }
    };
    await Promise.all(Array.from({ length: this.width }, worker));
  }

  #measure(task: Task, events: EngineEvents, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const args = [GUARD, process.execPath, ...configurationCommand(this.studies, task)];
      // A group of its own: Ctrl-C in the terminal reaches this process, which then ends the others in order.
      const child = spawn(process.execPath, args, { cwd: ROOT, detached: true });
      const stop = () => child.kill('SIGTERM');
      signal.addEventListener('abort', stop);
      let outcome: Outcome | null = null;
      let errors = '';
      child.stdin.on('error', () => {});
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = (errors + text).slice(-ERROR_CHARACTERS);
      });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const message = parseMessage(line);
        if (message === null) return;
        if ('outcome' in message) outcome = message.outcome;
        else events.onProgress(task, message.progress);
      });
      child.on('error', (error) => {
        errors += error.message;
      });
      child.on('close', (code, ending) => {
        signal.removeEventListener('abort', stop);
        resolve(outcome ?? endedEarly(code ?? ending, errors));
      });
    });
  }
}
